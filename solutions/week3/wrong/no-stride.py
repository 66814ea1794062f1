# name = "The stride is ignored"
# score = 29
# phrase = "an array of shape (3, 4) instead of numbers of shape (2, 2)"

# %% solve-convolve
def convolve(image, kernel, stride=1, padding="valid"):
    size = len(kernel)
    if padding == "same":
        image = np.pad(image, size // 2)
    rows = (image.shape[0] - size) // 1 + 1
    columns = (image.shape[1] - size) // 1 + 1
    result = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            top, left = row * 1, column * 1
            result[row, column] = np.sum(image[top : top + size, left : left + size] * kernel)
    return result
