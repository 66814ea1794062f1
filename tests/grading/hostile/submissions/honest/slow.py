# name = "Right, and slow within the limits"
# score = 6
# solves = ["double", "mean"]
# status = ["graded"]

# %% first
import time
time.sleep(1)

# %% solve-total
def total(values):
    time.sleep(0.3)
    return sum(values)
