# name = "A segmentation fault in the last answer"
# score = 5
# solves = ["double", "mean"]
# status = ["partial"]
# reason = "total"

# %% solve-total
import ctypes
ctypes.string_at(0)
