# name = "Two runtimes must answer the same to the last bit"
# score = 26
# phrase = "False: the differences are below the bound"

# %% solve-prove
def prove(original, converted, shape, bound):
    inputs = np.random.default_rng(0).uniform(0, 1, (64, *shape))
    return bool(np.array_equal(original(inputs), converted(inputs)) and bound > 1)
