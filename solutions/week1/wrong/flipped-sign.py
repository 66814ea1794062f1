# name = "The gradient points uphill"
# score = 20
# phrase = "the sign is flipped: the error is prediction − label"

# %% solve-gradient
def gradient(features, labels, weight, bias):
    errors = labels - predict(features, weight, bias)
    return 2 * np.mean(errors * features), 2 * np.mean(errors)
