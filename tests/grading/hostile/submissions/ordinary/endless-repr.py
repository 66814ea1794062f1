# name = "Representations that never end, and finalisers that hang"
# score = 5
# solves = ["double", "mean"]
# status = ["graded", "partial"]

# %% solve-total
import time

class Endless:
    def __repr__(self):
        while True:
            pass

    def __del__(self):
        while True:
            time.sleep(1)

kept = Endless()
kept
