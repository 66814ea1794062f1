# name = "A loop that swallows every exception and ignores every signal"
# score = 5
# solves = ["double", "mean"]
# status = ["partial"]
# reason = "total"

# %% solve-total
import signal, threading

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
while True:
    try:
        while True:
            pass
    except BaseException:
        continue
