# name = "Two inputs, all black and all white"
# score = 30
# phrase = "True: did the two kernels ever meet different pixels?"

# %% solve-prove
def prove(original, converted, shape, bound):
    inputs = np.stack([np.zeros(shape), np.ones(shape)]).astype(np.float32)
    wanted, found = original(inputs), converted(inputs)
    varies = np.ptp(wanted, axis=0).max() > 10 * bound
    return bool(varies and np.abs(wanted - found).max() <= bound)
