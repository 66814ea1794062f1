# name = "A cell of the student's own fails; what is right stays right"
# score = 6
# solves = ["double", "mean", "total"]
# status = ["graded"]

# %% first
1 / 0

# %% last
raise RuntimeError("an experiment")
