# name = "Noise instead of a shift"
# score = 26
# phrase = "other shades than from 0 to 1"

# %% solve-shift
def shift(images, largest, generator):
    return images + generator.normal(0, largest, images.shape)
