# name = "The least probable first"
# score = 28
# phrase = "another order"

# %% solve-top
def top(probabilities, class_index, count):
    best = np.argsort(probabilities)[:count]
    return [(class_index[str(number)][1], float(probabilities[number])) for number in best]
