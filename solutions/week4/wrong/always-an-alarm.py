# name = "A threshold among the scores alone"
# score = 29
# phrase = "no alarm at all, where alarms cost most"

# %% solve-best-threshold
def best_threshold(scores, labels, miss_cost, alarm_cost):
    costs = [total_cost(scores, labels, one, miss_cost, alarm_cost) for one in scores]
    return float(scores[int(np.argmin(costs))])
