# name = "The leak is still there"
# score = 26
# phrase = "the mean of the batches' means; the last batch is smaller"

# %% solve-evaluate
history = []


def evaluate(model, batches):
    for images, labels in batches:
        predictions = model(images)
        losses = keras.losses.sparse_categorical_crossentropy(labels, predictions)
        history.append((predictions, losses))
    return sum(float(keras.ops.mean(losses)) for _, losses in history) / len(history)
