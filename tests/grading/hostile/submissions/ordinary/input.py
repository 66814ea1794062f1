# name = "The notebook asks for input"
# score = 5
# solves = ["double", "mean"]
# status = ["graded", "partial"]

# %% solve-total
import getpass, sys
try:
    sys.stdin.read()
finally:
    input("your password? ")
