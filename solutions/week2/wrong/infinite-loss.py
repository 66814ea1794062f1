# name = "The loss of a certain error is infinite"
# score = 29
# phrase = "infinity or NaN"

# %% solve-cross-entropy
def cross_entropy(labels, probabilities):
    return np.mean(np.where(labels == 1, -np.log(probabilities), -np.log(1 - probabilities)))
