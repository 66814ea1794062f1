# name = "An alarm below the threshold"
# score = 24
# phrase = "an alarm below the threshold: the wrong side"

# %% solve-total-cost
def total_cost(scores, labels, threshold, miss_cost, alarm_cost):
    alarms = scores < threshold
    misses = np.sum((labels == 1) & ~alarms)
    false_alarms = np.sum((labels == 0) & alarms)
    return miss_cost * misses + alarm_cost * false_alarms
