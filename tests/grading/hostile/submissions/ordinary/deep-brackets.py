# name = "Answers that no compiler survives: deep brackets, a line of five megabytes"
# score = 2
# solves = ["double"]

# %% solve-mean
exec("(" * 100000 + ")" * 100000)

# %% solve-total
values = eval("-" * 5_000_000 + "1")
