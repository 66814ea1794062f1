# name = "The errors of the original are not taken into account"
# score = 28
# phrase = "float32, for a network with"

# %% solve-smallest
def smallest(answer, images, labels, allowed):
    for form in ("uint8", "float16"):
        if np.sum(answer(form, images).argmax(axis=1) != labels) <= allowed:
            return form
    return "float32"
