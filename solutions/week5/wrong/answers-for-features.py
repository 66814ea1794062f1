# name = "The whole network instead of its features"
# score = 27
# phrase = "as many numbers as the network has classes: its answers, not its features"

# %% solve-cut
def cut(network):
    return keras.Model(network.inputs, network.layers[-1].output)


# %% solve-with-new-head
def with_new_head(network, classes):
    features = keras.Model(network.inputs, network.layers[-2].output)
    features.trainable = False
    answers = keras.layers.Dense(classes, activation="softmax")(features.output)
    return keras.Model(features.inputs, answers)
