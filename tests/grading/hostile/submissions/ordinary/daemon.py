# name = "A daemon of the student's own: forked twice, in a session of its own, deaf to signals"
# score = 6
# solves = ["double", "mean", "total"]
# status = ["graded", "partial"]

# %% first
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    os.execvp("sleep", ["sleep", "86399.25"])
