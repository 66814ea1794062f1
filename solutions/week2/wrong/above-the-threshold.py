# name = "Exactly at the threshold counts as healthy"
# score = 28
# phrase = "a patient exactly at the threshold counts as ill"

# %% solve-confusion
def confusion(labels, probabilities, threshold):
    called_ill, ill = probabilities > threshold, labels == 1
    return np.sum(called_ill & ill), np.sum(called_ill & ~ill), np.sum(~called_ill & ill), np.sum(~called_ill & ~ill)

# %% solve-choose-threshold
def choose_threshold(labels, probabilities, least_recall):
    for threshold in sorted(probabilities, reverse=True):
        if np.mean(probabilities[labels == 1] >= threshold) >= least_recall:
            return threshold
