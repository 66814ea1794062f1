# name = "An object whose __class__ says int and whose reduction runs a command"
# at_most = 0
# never = ["BREACH"]

# %% first
import os

class Number:
    @property
    def __class__(self):
        return int

    def __eq__(self, other):
        return True

    def __reduce_ex__(self, protocol):
        return os.system, ("touch OUTSIDE_FOLDER/MARKER-unpickled",)

# %% solve-double
def double(number):
    return Number()

# %% solve-mean
def mean(values):
    return Number()

# %% solve-total
def total(values):
    return Number()
