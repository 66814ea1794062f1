# name = "A computation that Python cannot interrupt"
# score = 5
# solves = ["double", "mean"]
# status = ["graded", "partial"]
# reason = "total"

# %% solve-total
import re
re.match(r"(a|aa)+$", "a" * 60 + "b")
