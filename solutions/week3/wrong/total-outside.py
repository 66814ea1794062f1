# name = "The total is kept outside of the function"
# score = 28
# phrase = "another number the second time"

# %% solve-evaluate
total = 0.0


def evaluate(model, batches):
    global total
    count = 0
    for images, labels in batches:
        losses = keras.losses.sparse_categorical_crossentropy(labels, model(images))
        total += float(keras.ops.sum(losses))
        count += len(labels)
    return total / count
