# name = "A hundred megabytes of output on stdout, stderr and below Python"
# score = 6
# solves = ["double", "mean", "total"]
# status = ["graded", "partial"]

# %% first
import os, sys
for _ in range(40):
    print("x" * 1_000_000)
    print("y" * 1_000_000, file=sys.stderr)
os.write(1, b"z" * 20_000_000)
