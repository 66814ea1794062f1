# name = "The standard deviation with n − 1"
# score = 29
# phrase = "divided by the spread with n − 1 (ddof=1)"

# %% solve-standardise
def standardise(values):
    mean, spread = np.mean(values), np.std(values, ddof=1)
    return (values - mean) / spread, mean, spread
