# name = "Errors are counted, whatever they cost"
# score = 27
# phrase = "misses and false alarms were counted, whatever they cost"

# %% solve-total-cost
def total_cost(scores, labels, threshold, miss_cost, alarm_cost):
    alarms = scores >= threshold
    misses = np.sum((labels == 1) & ~alarms)
    false_alarms = np.sum((labels == 0) & alarms)
    return misses + false_alarms

# %% solve-best-threshold
def best_threshold(scores, labels, miss_cost, alarm_cost):
    def cost(threshold):
        alarms = scores >= threshold
        return miss_cost * np.sum((labels == 1) & ~alarms) + alarm_cost * np.sum((labels == 0) & alarms)

    return float(min([*scores, 2.0], key=cost))
