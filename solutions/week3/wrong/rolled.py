# name = "np.roll, which wraps around"
# score = 29
# phrase = "what leaves on one side comes back on the other"

# %% solve-shift
def shift(images, largest, generator):
    moves = generator.integers(-largest, largest + 1, size=(len(images), 2))
    return np.stack([np.roll(image, move, axis=(0, 1)) for image, move in zip(images, moves)])
