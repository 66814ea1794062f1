# name = "builtins, sys.modules and the kernel itself are emptied"
# score = 5
# solves = ["double", "mean"]
# status = ["graded", "partial"]

# %% solve-total
import builtins, sys
kernel = get_ipython().kernel
kernel.__dict__.clear()
sys.modules.clear()
builtins.__dict__.clear()
