# name = "The biases are not counted"
# score = 29
# phrase = "the biases are missing: one for each filter"

# %% solve-layer-cost
def layer_cost(height, width, channels, filters, kernel_size):
    shape = (height - kernel_size + 1, width - kernel_size + 1, filters)
    return shape, filters * kernel_size**2 * channels, 4 * int(np.prod(shape))
