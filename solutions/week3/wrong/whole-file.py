# name = "The whole file is read at once"
# score = 29
# phrase = "kB at the most"

# %% solve-read-batches
def read_batches(path, batch_size):
    with open(path, "rb") as file:
        rows = np.frombuffer(file.read(), np.uint8).reshape(-1, 197)
    for start in range(0, len(rows), batch_size):
        part = rows[start : start + batch_size]
        yield part[:, 1:].reshape(-1, 14, 14, 1) / np.float32(255), part[:, 0].astype(int)
