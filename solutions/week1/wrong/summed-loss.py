# name = "The sum of the squared errors instead of their mean"
# score = 27
# phrase = "the sum; it still has to be divided by the number of rows"

# %% solve-mean-squared-error
def mean_squared_error(labels, predictions):
    return np.sum((predictions - labels) ** 2)
