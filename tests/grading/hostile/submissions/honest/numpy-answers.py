# name = "Right, with NumPy's numbers instead of Python's"
# score = 6
# status = ["graded"]

# %% first
import numpy as np

# %% solve-double
def double(number):
    return np.float64(2) * number

# %% solve-mean
def mean(values):
    return np.mean(values)

# %% solve-total
def total(values):
    return np.sum(np.array(list(values)))
