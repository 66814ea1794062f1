# name = "The sum of the costs in place of their mean"
# score = 28
# phrase = "the sum; it still has to be divided by the number of rows"

# %% solve-cross-entropy
def cross_entropy(labels, probabilities):
    p = np.clip(probabilities, 1e-7, 1 - 1e-7)
    return np.sum(np.where(labels == 1, -np.log(p), -np.log(1 - p)))
