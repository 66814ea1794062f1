# name = "Weights are cut off instead of rounded"
# score = 30
# phrase = "a weight that is off by"

# %% solve-quantise
def quantise(weights):
    smallest = float(weights.min())
    scale = (float(weights.max()) - smallest) / 255 or 1.0
    return ((weights - smallest) / scale + 1e-4).astype(np.uint8), scale, smallest
