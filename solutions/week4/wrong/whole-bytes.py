# name = "Shrinks with Pillow, which rounds to whole bytes, as the chapter does"
# score = 30
# phrase = "Part 1, prepare on inputs that you do not see: 4 of 4 points"

# %% solve-prepare
def prepare(pixels, side):
    from PIL import Image

    height, width = pixels.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    middle = Image.fromarray(pixels[top : top + edge, left : left + edge])
    dots = np.asarray(middle.resize((side, side), Image.Resampling.BOX), np.float32)
    return (dots / 127.5 - 1)[None]
