# name = "An alarm only above the threshold"
# score = 29
# phrase = "a score at the threshold raised no alarm"

# %% solve-total-cost
def total_cost(scores, labels, threshold, miss_cost, alarm_cost):
    alarms = scores > threshold
    misses = np.sum((labels == 1) & ~alarms)
    false_alarms = np.sum((labels == 0) & alarms)
    return miss_cost * misses + alarm_cost * false_alarms

# %% solve-best-threshold
def best_threshold(scores, labels, miss_cost, alarm_cost):
    def cost(threshold):
        alarms = scores >= threshold
        return miss_cost * np.sum((labels == 1) & ~alarms) + alarm_cost * np.sum((labels == 0) & alarms)

    return float(min([*scores, 2.0], key=cost))
