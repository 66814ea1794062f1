# name = "Everything right, the written answer too"
# score = 6
# solves = ["double", "mean", "total"]
# status = ["graded"]

# %% explain
Because it is so.
