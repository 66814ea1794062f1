# name = "A fork bomb"
# at_most = 5
# at_least = 5
# solves = ["double", "mean"]
# status = ["graded", "partial"]
# never = ["BREACH"]

# %% solve-total
import os, time
made = []
for _ in range(2500):
    try:
        child = os.fork()
    except OSError:
        break
    if child == 0:
        time.sleep(20)
        os._exit(0)
    made.append(child)
alive = [child for child in made if os.waitpid(child, os.WNOHANG) == (0, 0)]
if len(alive) > 1000:
    print("BREACH:", len(alive), "processes at once")
