# name = "The new head sits on the old network's answers"
# score = 29
# phrase = "numbers: the old network's answers"

# %% solve-with-new-head
def with_new_head(network, classes):
    network.trainable = False
    answers = keras.layers.Dense(classes, activation="softmax")(network.output)
    return keras.Model(network.inputs, answers)
