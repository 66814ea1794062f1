# name = "A failed test shows its own source and message"
# at_most = 1
# never = ["twice 21"]

# %% solve-double
def double(number):
    return 4

# %% solve-mean
def mean(values):
    return 3

# %% solve-total
class Telling(int):
    def __eq__(self, other):
        raise ValueError(f"compared with {other!r}")

def total(values):
    return Telling(6)
