# name = "The number of samples is rounded up"
# score = 28
# phrase = "rounded up: the last one does not fit"

# %% solve-sample-memory
def sample_memory(shape, classes, samples, limit):
    one_of_each = 4 * shape[0] * shape[1] * shape[2] * classes
    return one_of_each * samples, -(-limit // one_of_each)
