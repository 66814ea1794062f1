# name = "The scale is taken from all rows"
# score = 28
# phrase = "they must come from the training rows alone"

# %% solve-standardise
def standardise(train, others):
    everything = np.concatenate([train, others])
    mean, spread = everything.mean(axis=0), everything.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    return (train - mean) / spread, (others - mean) / spread
