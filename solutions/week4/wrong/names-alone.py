# name = "Names without probabilities, one too many"
# score = 26
# phrase = "in the list, instead of a pair (name, probability)"

# %% solve-top
def top(probabilities, class_index, count):
    best = np.argsort(probabilities)[::-1][: count + 1]
    return [class_index[str(number)][1] for number in best]
