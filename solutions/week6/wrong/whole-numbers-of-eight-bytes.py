# name = "The levels are whole numbers of eight bytes"
# score = 30
# phrase = "int64 of shape"

# %% solve-quantise
def quantise(weights):
    smallest = float(weights.min())
    scale = (float(weights.max()) - smallest) / 255 or 1.0
    return np.rint((weights - smallest) / scale).astype(np.int64), scale, smallest
