# name = "The bytes instead of the number of tensors"
# score = 28
# phrase = "the bytes; the number of tensors was asked for"

# %% solve-tensors-left
def tensors_left(function):
    for _ in (watch := leaks(5)):
        function()
    return watch.bytes_a_turn
