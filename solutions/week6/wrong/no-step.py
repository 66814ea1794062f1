# name = "Weights that are all alike are divided by 0"
# score = 30
# phrase = "NaN or infinity"

# %% solve-quantise
def quantise(weights):
    smallest = weights.min()
    scale = (weights.max() - smallest) / np.float32(255)
    return np.rint((weights - smallest) / scale).astype(np.uint8), float(scale) or np.nan, float(smallest)
