# name = "Exceptions, classes and warnings are named after what the test passes"
# at_most = 0
# never = ["Told21", "Told_21", "told 21"]

# %% solve-double
import warnings

def double(number):
    if number == 2:
        return 4
    warnings.warn(f"told {number}")
    raise type(f"Told{number}", (Exception,), {})(f"told {number}")

# %% solve-total
def total(values):
    return type(f"Told_{len(values)}", (), {})()
