# name = "The same layers with new random weights"
# score = 28
# phrase = "the numbers that go into the network's last layer"

# %% solve-cut
def cut(network):
    copy = keras.models.clone_model(network)
    return keras.Model(copy.inputs, copy.layers[-2].output)


# %% solve-with-new-head
def with_new_head(network, classes):
    features = keras.Model(network.inputs, network.layers[-2].output)
    features.trainable = False
    answers = keras.layers.Dense(classes, activation="softmax")(features.output)
    return keras.Model(features.inputs, answers)
