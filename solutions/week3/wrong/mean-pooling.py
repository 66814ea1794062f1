# name = "The mean of each window"
# score = 28
# phrase = "the mean of each window instead of its largest number"

# %% solve-max-pool
def max_pool(feature_map, size):
    rows, columns = feature_map.shape[0] // size, feature_map.shape[1] // size
    cut = feature_map[: rows * size, : columns * size]
    return cut.reshape(rows, size, columns, size).mean(axis=(1, 3))
