# name = "The functions raise KeyboardInterrupt, GeneratorExit and asyncio's CancelledError"
# at_most = 0

# %% solve-double
def double(number):
    raise KeyboardInterrupt

# %% solve-mean
def mean(values):
    raise GeneratorExit

# %% solve-total
import asyncio

def total(values):
    raise asyncio.CancelledError
