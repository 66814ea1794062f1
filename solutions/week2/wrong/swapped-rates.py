# name = "Precision and recall exchanged, and a division by zero"
# score = 27
# phrase = "it stopped with ZeroDivisionError"

# %% solve-precision-recall
def precision_recall(found, false_alarms, missed):
    return found / (found + missed), found / (found + false_alarms)
