# name = "Whether the answers vary is not asked"
# score = 30
# phrase = "True, although the original answers the same to every input"

# %% solve-prove
def prove(original, converted, shape, bound):
    inputs = np.random.default_rng(0).uniform(0, 1, (64, *shape))
    return bool(np.abs(original(inputs) - converted(inputs)).max() <= bound)
