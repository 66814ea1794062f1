# name = "The partial credit becomes NaN"
# score = 0

# %% solve-mean
class Credit:
    def __init__(self, value): self.value = value
    def __eq__(self, other): return self
    def __mul__(self, other): return float("nan")
    __rmul__ = __mul__
    def __bool__(self): return False

def mean(values):
    return Credit(0)
