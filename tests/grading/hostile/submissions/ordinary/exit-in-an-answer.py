# name = "os._exit in the last answer: what was earned before is kept"
# score = 5
# solves = ["double", "mean"]
# status = ["partial"]
# reason = "total"

# %% solve-total
import os
os._exit(1)
