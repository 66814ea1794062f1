# name = "The label map in the order of the file"
# score = 29
# phrase = "the names in the order in which the dictionary lists them"

# %% solve-top
def top(probabilities, class_index, count):
    names = [name for code, name in class_index.values()]
    best = np.argsort(probabilities)[::-1][:count]
    return [(names[number], float(probabilities[number])) for number in best]
