# name = "One byte a number"
# score = 27
# phrase = "one byte a number; a float32 takes four"

# %% solve-sample-memory
def sample_memory(shape, classes, samples, limit):
    one_of_each = shape[0] * shape[1] * shape[2] * classes
    return one_of_each * samples, limit // one_of_each
