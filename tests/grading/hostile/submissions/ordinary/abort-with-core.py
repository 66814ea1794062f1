# name = "abort, with the largest core file that may be had"
# score = 5
# solves = ["double", "mean"]
# status = ["partial"]
# reason = "total"

# %% solve-total
import os, resource
try:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
except (OSError, ValueError):
    pass
os.abort()
