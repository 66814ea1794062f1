# name = "Batches of float64"
# score = 29
# phrase = "float64 (14, 14, 1)"

# %% solve-read-batches
def read_batches(path, batch_size):
    with open(path, "rb") as file:
        while content := file.read(batch_size * 197):
            rows = np.frombuffer(content, np.uint8).reshape(-1, 197)
            yield rows[:, 1:].reshape(-1, 14, 14, 1) / 255.0, rows[:, 0].astype(int)
