# name = "Only 128 levels are used"
# score = 29
# phrase = "levels from 0 to 127"

# %% solve-quantise
def quantise(weights):
    smallest = float(weights.min())
    scale = (float(weights.max()) - smallest) / 127 or 1.0
    return np.rint((weights - smallest) / scale).astype(np.uint8), scale, smallest
