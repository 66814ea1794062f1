# name = "The gradient without its factor 2"
# score = 26
# phrase = "half of it: the square brings a factor 2"

# %% solve-gradient
def gradient(features, labels, weight, bias):
    errors = predict(features, weight, bias) - labels
    return np.mean(errors * features), np.mean(errors)
