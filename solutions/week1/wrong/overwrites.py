# name = "standardise overwrites the measurements"
# score = 29
# phrase = "the measurements were overwritten"

# %% solve-standardise
def standardise(values):
    mean, spread = np.mean(values), np.std(values)
    values -= mean
    values /= spread
    return values, mean, spread
