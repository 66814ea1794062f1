# name = "All losses are collected before they are added up"
# score = 29
# phrase = "more with every batch"

# %% solve-evaluate
def evaluate(model, batches):
    found = [keras.losses.sparse_categorical_crossentropy(labels, model(images)) for images, labels in batches]
    return float(keras.ops.mean(keras.ops.concatenate(found)))
