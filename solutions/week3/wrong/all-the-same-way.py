# name = "One shift for all images"
# score = 29
# phrase = "one shift for all"

# %% solve-shift
def shift(images, largest, generator):
    rows, columns = images.shape[1:]
    framed = np.pad(images, ((0, 0), (largest, largest), (largest, largest)))
    top, left = generator.integers(0, 2 * largest + 1, size=2)
    return framed[:, top : top + rows, left : left + columns]
