# name = "The most accurate threshold"
# score = 27
# phrase = "the most accurate threshold, not the cheapest"

# %% solve-best-threshold
def best_threshold(scores, labels, miss_cost, alarm_cost):
    thresholds = sorted([*scores, 2.0])
    errors = [total_cost(scores, labels, one, 1, 1) for one in thresholds]
    return float(thresholds[int(np.argmin(errors))])
