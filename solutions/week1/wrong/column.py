# name = "predict returns a column of shape (n, 1)"
# score = 22
# phrase = "an array of shape (3, 1) instead of"

# %% solve-predict
def predict(features, weight, bias):
    return weight * np.reshape(features, (-1, 1)) + bias
