# name = "The partial credit becomes infinite"
# at_most = 0

# %% solve-mean
class Credit:
    def __eq__(self, other): return self
    def __mul__(self, other): return float("inf")
    __rmul__ = __mul__
    def __bool__(self): return False

def mean(values):
    return Credit()
