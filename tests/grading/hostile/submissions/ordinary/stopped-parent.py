# name = "The parent processes are stopped and killed, as far as they can be reached"
# at_most = 5
# solves = ["double", "mean"]

# %% solve-total
import os, signal
process = os.getpid()
for signum in (signal.SIGSTOP, signal.SIGKILL):
    parent = os.getppid()
    while parent > 1:
        try:
            os.kill(parent, signum)
            parent = int(open(f"/proc/{parent}/stat").read().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            break
