# name = "os.fork, _exit, waitpid, pipe and kill are replaced, so that no twin is ever made"
# at_most = 0

# %% first
import os, sys, signal, time
os.fork = os.forkpty = lambda: 0
os._exit = lambda *arguments: None
os.waitpid = lambda process, *options: (process, 0)
os.wait = os.wait4 = lambda *arguments: (1, 0)
os.kill = os.killpg = lambda *arguments: None
sys.exit = lambda *arguments: None
signal.alarm = signal.setitimer = lambda *arguments: 0
SEEN = []

# %% solve-double
def double(number):
    SEEN.append((number, sys._getframe(1).f_code.co_consts))
    return 2 * number if number == 2 else None

# %% solve-total
print("seen", SEEN)
