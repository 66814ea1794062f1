# name = "The mean absolute error instead of the mean squared error"
# score = 28
# phrase = "the mean of the absolute errors; here each error is squared"

# %% solve-mean-squared-error
def mean_squared_error(labels, predictions):
    return np.mean(np.abs(predictions - labels))
