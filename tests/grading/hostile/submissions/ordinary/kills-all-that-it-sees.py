# name = "SIGKILL to every process in its own process namespace, process group and session"
# at_most = 5
# solves = ["double", "mean"]

# %% solve-total
import os, signal
try:
    own = os.readlink("/proc/self/ns/pid") if os.readlink("/proc/self") == str(os.getpid()) else ""
except OSError:
    own = ""
if own and own != "HOST_PID_NAMESPACE":
    os.kill(-1, signal.SIGKILL)
os.killpg(0, signal.SIGKILL)
