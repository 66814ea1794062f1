# name = "The smaller last batch is dropped"
# score = 28
# phrase = "fewer pictures than the file holds"

# %% solve-read-batches
def read_batches(path, batch_size):
    with open(path, "rb") as file:
        while len(content := file.read(batch_size * 197)) == batch_size * 197:
            rows = np.frombuffer(content, np.uint8).reshape(-1, 197)
            yield rows[:, 1:].reshape(-1, 14, 14, 1) / np.float32(255), rows[:, 0].astype(int)
