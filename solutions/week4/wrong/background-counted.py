# name = "The background is counted"
# score = 28
# phrase = "off by one: the background was counted"

# %% solve-class-number
def class_number(scores):
    return int(np.argmax(scores))
