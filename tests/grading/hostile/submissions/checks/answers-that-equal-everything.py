# name = "Arrays, floats and tuples of the student's own that equal everything"
# at_most = 0

# %% first
import numpy as np

class Array(np.ndarray):
    def __eq__(self, other): return np.ones(np.shape(self), bool)
    def __array_ufunc__(self, function, method, *inputs, **options): return np.zeros(3)
    def __array_function__(self, function, kinds, inputs, options): return np.True_
    def __array_finalize__(self, other): pass

class Number(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __float__(self): return 0.0

class Pair(tuple):
    def __iter__(self): return iter([Number(1), Number(2)])
    def __getitem__(self, position): return Number(3)
    def __len__(self): return 2

# %% solve-predict
def predict(features, weight, bias):
    return np.full(np.shape(features), 1e9).view(Array)

# %% solve-mean-squared-error
def mean_squared_error(labels, predictions):
    return Number(1e9)

# %% solve-update
def update(weight, bias, weight_slope, bias_slope, learning_rate):
    return Pair()

# %% solve-length-in-mm
def length_in_mm(mass_in_kg, slope, intercept):
    return np.full(np.shape(mass_in_kg), np.nan).view(Array)
