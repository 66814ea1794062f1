# name = "The corner instead of the middle"
# score = 28
# phrase = "the corner at the top left; the middle is wanted"

# %% solve-prepare
def prepare(pixels, side):
    height, width = pixels.shape[:2]
    edge = min(height, width)
    top, left = 0, 0
    square = pixels[top : top + edge, left : left + edge].astype(np.float32)
    times = edge // side
    dots = square.reshape(side, times, side, times, 3).mean(axis=(1, 3))
    return (dots / 127.5 - 1).astype(np.float32)[None]
