# name = "Right, with helper cells of its own, a class, a magic and a picture"
# score = 6
# solves = ["double"]
# status = ["graded"]

# %% first
%config InlineBackend.figure_format = "png"
from dataclasses import dataclass

@dataclass
class Sum:
    value: float = 0.0
    count: int = 0

    def add(self, number):
        return Sum(self.value + number, self.count + 1)

def fold(values):
    result = Sum()
    for value in values:
        result = result.add(value)
    return result

# %% solve-mean
def mean(values):
    folded = fold(values)
    return folded.value / folded.count

# %% solve-total
def total(values):
    return fold(values).value

# %% last
assert mean([1, 2]) == 1.5
