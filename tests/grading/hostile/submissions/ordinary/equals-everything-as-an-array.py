# name = "A subclass of NumPy's array, and of its scalars, that equals everything"
# at_most = 0

# %% first
import numpy as np

class Array(np.ndarray):
    def __eq__(self, other): return np.bool_(True)
    def __ne__(self, other): return np.bool_(False)
    def __array_ufunc__(self, function, method, *inputs, **options): return np.bool_(True)
    def __array_function__(self, function, kinds, inputs, options): return True
    def __rmul__(self, other): return 2.0

class Scalar(np.float64):
    def __eq__(self, other): return True

# %% solve-double
def double(number):
    return np.zeros(3).view(Array)

# %% solve-mean
def mean(values):
    return Scalar(9)

# %% solve-total
def total(values):
    return np.zeros(()).view(Array)
