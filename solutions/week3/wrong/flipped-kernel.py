# name = "The kernel is flipped, as in mathematics"
# score = 27
# phrase = "the kernel is flipped, as mathematics does and networks do not"

# %% solve-convolve
def convolve(image, kernel, stride=1, padding="valid"):
    size = len(kernel)
    if padding == "same":
        image = np.pad(image, size // 2)
    rows = (image.shape[0] - size) // stride + 1
    columns = (image.shape[1] - size) // stride + 1
    result = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            top, left = row * stride, column * stride
            result[row, column] = np.sum(image[top : top + size, left : left + size] * kernel[::-1, ::-1])
    return result
