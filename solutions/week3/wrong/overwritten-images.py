# name = "The images that were passed in are overwritten"
# score = 29
# phrase = "the caller's pictures were overwritten"

# %% solve-shift
def shift(images, largest, generator):
    rows, columns = images.shape[1:]
    framed = np.pad(images, ((0, 0), (largest, largest), (largest, largest)))
    for number, image in enumerate(framed):
        top, left = generator.integers(0, 2 * largest + 1, size=2)
        images[number] = image[top : top + rows, left : left + columns]
    return images
