# name = "An endless loop in the last answer"
# score = 5
# solves = ["double", "mean"]
# status = ["graded", "partial"]
# reason = "total"

# %% solve-total
while True:
    pass
