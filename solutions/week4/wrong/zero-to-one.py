# name = "Scaled to 0 to 1"
# score = 27
# phrase = "from 0 to 1; the network learnt with −1 to 1"

# %% solve-prepare
def prepare(pixels, side):
    height, width = pixels.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = pixels[top : top + edge, left : left + edge].astype(np.float32)
    times = edge // side
    dots = square.reshape(side, times, side, times, 3).mean(axis=(1, 3))
    return (dots / 255).astype(np.float32)[None]
