# name = "A difference that is not a number is not too large"
# score = 30
# phrase = "True, although one answer is not a number"

# %% solve-prove
def prove(original, converted, shape, bound):
    inputs = np.random.default_rng(0).uniform(0, 1, (64, *shape))
    wanted, found = original(inputs), converted(inputs)
    if np.ptp(wanted, axis=0).max() <= 10 * bound:
        return False
    return not np.abs(wanted - found).max() > bound
