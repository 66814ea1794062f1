# name = "The last row and the last column of places are forgotten"
# score = 26
# phrase = "numbers of shape (2, 3)"

# %% solve-convolve
def convolve(image, kernel, stride=1, padding="valid"):
    size = len(kernel)
    if padding == "same":
        image = np.pad(image, size // 2)
    rows = (image.shape[0] - size) // stride + 0
    columns = (image.shape[1] - size) // stride + 0
    result = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            top, left = row * stride, column * stride
            result[row, column] = np.sum(image[top : top + size, left : left + size] * kernel)
    return result
