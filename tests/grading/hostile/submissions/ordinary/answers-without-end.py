# name = "Answers that hold themselves, never end, or are larger than memory"
# at_most = 0

# %% solve-double
def double(number):
    endless = []
    endless.append(endless)
    endless.append({"x": endless, 3: (endless,)})
    return endless

# %% solve-mean
class Long(list):
    def __len__(self): return 10**18
    def __iter__(self):
        while True:
            yield 1
    def __eq__(self, other): return list.__eq__(self, list(self))

def mean(values):
    return Long()

# %% solve-total
import numpy as np

def total(values):
    return np.broadcast_to(np.zeros(1), (10**12,))
