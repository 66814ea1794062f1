# name = "A constant column becomes NaN"
# score = 29
# phrase = "NaN, infinity or another number there"

# %% solve-standardise
def standardise(train, others):
    mean, spread = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / spread, (others - mean) / spread
