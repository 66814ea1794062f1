# name = "The process ends with status 0 in the middle of a test"
# at_most = 0

# %% solve-double
import os, sys

def double(number):
    sys.stdout.flush()
    os._exit(0)

# %% solve-mean
def mean(values):
    os.kill(os.getpid(), 15)

# %% solve-total
def total(values):
    os.execv("/bin/true", ["true"])
