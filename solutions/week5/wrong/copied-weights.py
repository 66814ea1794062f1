# name = "A copy of the network instead of the network itself"
# score = 29
# phrase = "a copy with weights of its own"

# %% solve-cut
def cut(network):
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    return keras.Model(copy.inputs, copy.layers[-2].output)


# %% solve-with-new-head
def with_new_head(network, classes):
    features = keras.Model(network.inputs, network.layers[-2].output)
    features.trainable = False
    answers = keras.layers.Dense(classes, activation="softmax")(features.output)
    return keras.Model(features.inputs, answers)
