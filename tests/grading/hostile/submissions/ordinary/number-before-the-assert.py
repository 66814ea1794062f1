# name = "A result is displayed before the assert fails"
# at_most = 0

# %% solve-double
import sys

def double(number):
    sys.displayhook(2)
    get_ipython().displayhook(2)
    return None

# %% solve-mean
def mean(values):
    sys.displayhook(3.0)
    display(3.0)
    print(3.0)
    return None

# %% solve-total
def total(values):
    sys.displayhook(1)
    raise SystemExit
