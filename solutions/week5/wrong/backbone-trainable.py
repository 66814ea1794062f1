# name = "The backbone is left trainable"
# score = 29
# phrase = "the old network's weights too"

# %% solve-with-new-head
def with_new_head(network, classes):
    features = cut(network)
    answers = keras.layers.Dense(classes, activation="softmax")(features.output)
    return keras.Model(features.inputs, answers)
