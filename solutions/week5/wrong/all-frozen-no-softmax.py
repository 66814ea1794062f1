# name = "No softmax, and everything frozen, the head too"
# score = 28
# phrase = "nothing: the new layer is frozen too"

# %% solve-with-new-head
def with_new_head(network, classes):
    features = cut(network)
    model = keras.Model(features.inputs, keras.layers.Dense(classes)(features.output))
    model.trainable = False
    return model
