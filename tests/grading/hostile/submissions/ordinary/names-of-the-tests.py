# name = "What the tests bound in the notebook is printed by the cells after them"
# at_most = 0
# never = ["bound by a hidden test"]

# %% solve-total
print({name: value for name, value in globals().items() if name not in ("In", "Out", "_ih", "_oh", "_dh")})

# %% last
print(dir(), {name: value for name, value in globals().items() if not name.startswith("_")})
