# name = "The comparison of floats and ints is patched in memory to be always true"
# at_most = 0

# %% first
import ctypes

compare = ctypes.CFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
yes = compare(lambda left, right, operator: True)

# %% solve-double
SLOT = 200  # tp_richcompare of a 64-bit PyTypeObject
kept = [yes]

def patch(kind):
    address = ctypes.cast(yes, ctypes.c_void_p).value
    ctypes.c_void_p.from_address(id(kind) + SLOT).value = address

def double(number):
    patch(float)
    return 0.5

# %% solve-mean
def mean(values):
    patch(float)
    return 0.5

# %% solve-total
def total(values):
    patch(float)
    return 0.5
