# name = "The maps before the pooling, of a network that was changed"
# score = 28
# phrase = "maps, with rows and columns: the pooling is still to come"

# %% solve-feature-extractor
def feature_extractor(network):
    network.layers[-1].set_weights([0 * array for array in network.layers[-1].get_weights()])
    return keras.Model(network.input, network.layers[-3].output)
