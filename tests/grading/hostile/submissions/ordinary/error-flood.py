# name = "An error message of fifty megabytes, and a chain of a thousand errors"
# score = 3
# solves = ["double", "total"]
# status = ["graded", "partial"]

# %% solve-mean
def mean(values):
    error = ValueError("m" * 50_000_000)
    for number in range(1000):
        following = ValueError(number)
        following.__cause__ = error
        error = following
    raise error

# %% last
raise ExceptionGroup("e" * 10_000_000, [ValueError(number) for number in range(20000)])
