# name = "The background may win"
# score = 29
# phrase = "the background: −1 or 0 stands for it"

# %% solve-class-number
def class_number(scores):
    return int(np.argmax(scores)) - 1
