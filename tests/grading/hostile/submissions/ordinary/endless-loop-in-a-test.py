# name = "An endless loop while the last test runs"
# score = 5
# solves = ["double", "mean"]
# status = ["graded", "partial"]

# %% solve-total
def total(values):
    while True:
        pass
