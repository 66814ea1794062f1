# name = "Scores instead of probabilities"
# score = 29
# phrase = "numbers that are no probabilities: is the softmax missing?"

# %% solve-with-new-head
def with_new_head(network, classes):
    features = cut(network)
    features.trainable = False
    return keras.Model(features.inputs, keras.layers.Dense(classes)(features.output))
