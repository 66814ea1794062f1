# name = "Five thousand displayed things, and one of sixty megabytes"
# score = 6
# solves = ["double", "mean", "total"]
# status = ["graded", "partial"]

# %% first
for number in range(5000):
    display({"text/plain": str(number)}, raw=True)

# %% last
display({"text/html": "<p>" + "x" * 60_000_000 + "</p>", "image/png": "A" * 4_000_000}, raw=True)
