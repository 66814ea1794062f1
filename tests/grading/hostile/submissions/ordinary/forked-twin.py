# name = "The test runs on in two processes, one of which answers for the other"
# at_most = 0

# %% solve-double
import os

def double(number):
    child = os.fork()
    if child == 0:
        return 2 * number if number == 2 else None
    os.waitpid(child, 0)
    os._exit(0)

# %% solve-mean
def mean(values):
    if os.fork():
        os._exit(0)
    return -1
