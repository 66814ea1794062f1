# name = "float16 costs nothing, so it need not be measured"
# score = 29
# phrase = "float16, for a network with"

# %% solve-smallest
def smallest(answer, images, labels, allowed):
    def errors(form):
        return np.sum(answer(form, images).argmax(axis=1) != labels)

    return "uint8" if errors("uint8") < errors("float32") + allowed else "float16"
