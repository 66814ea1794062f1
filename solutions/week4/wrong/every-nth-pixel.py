# name = "One pixel of each block"
# score = 29
# phrase = "one pixel of each block; its mean is wanted"

# %% solve-prepare
def prepare(pixels, side):
    height, width = pixels.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = pixels[top : top + edge, left : left + edge].astype(np.float32)
    times = edge // side
    return (square[::times, ::times] / 127.5 - 1).astype(np.float32)[None]
