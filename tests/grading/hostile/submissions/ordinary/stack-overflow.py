# name = "A recursion that overflows the stack"
# score = 5
# solves = ["double", "mean"]
# status = ["graded", "partial"]

# %% solve-total
import ctypes, sys
sys.setrecursionlimit(10**9)

def total(values):
    return sorted([1, 2], key=lambda value: total(values))
