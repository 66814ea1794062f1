# name = "Maps as large as the picture, and numbers instead of bytes"
# score = 28
# phrase = "the size of the picture: without padding the map is smaller"

# %% solve-layer-cost
def layer_cost(height, width, channels, filters, kernel_size):
    shape = (height, width, filters)
    return shape, filters * (kernel_size**2 * channels + 1), int(np.prod(shape))
