# name = "A threshold that misses many of the ill"
# score = 28
# phrase = "a threshold that does not reach the recall"

# %% solve-choose-threshold
def choose_threshold(labels, probabilities, least_recall):
    return 0.9
