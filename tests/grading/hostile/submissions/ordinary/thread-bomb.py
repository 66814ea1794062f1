# name = "Five thousand threads"
# score = 5
# solves = ["double", "mean"]
# status = ["graded", "partial"]

# %% solve-total
import threading, time
threading.stack_size(32768)
for _ in range(5000):
    threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
