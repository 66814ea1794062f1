# name = "Threads that are no daemons, and an exit handler that waits for ever"
# score = 6
# solves = ["double", "mean", "total"]
# status = ["graded", "partial"]

# %% first
import atexit, threading, time
threading.Thread(target=time.sleep, args=(86399.25,)).start()
atexit.register(time.sleep, 86399.25)
