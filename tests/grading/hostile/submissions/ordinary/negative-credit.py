# name = "The partial credit becomes negative; what was earned elsewhere stays whole"
# score = 3
# solves = ["double", "total"]

# %% solve-mean
class Credit:
    def __eq__(self, other): return self
    def __mul__(self, other): return -100
    __rmul__ = __mul__
    def __bool__(self): return False

def mean(values):
    return Credit()
