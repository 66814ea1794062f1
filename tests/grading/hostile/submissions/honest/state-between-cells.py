# name = "Right, with state that the tests change from call to call and from cell to cell"
# score = 6
# status = ["graded"]

# %% first
calls = []

# %% solve-double
def double(number):
    calls.append(number)
    return 2 * number

# %% solve-mean
assert calls, "the test above calls double"

def mean(values):
    return sum(values) / len(values)

# %% solve-total
def total(values):
    return sum(values) if calls else 0
