# name = "The process stops itself with SIGSTOP"
# score = 5
# solves = ["double", "mean"]
# status = ["partial"]
# reason = "total"

# %% solve-total
import os, signal
os.kill(os.getpid(), signal.SIGSTOP)
