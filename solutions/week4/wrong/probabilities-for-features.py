# name = "The probabilities instead of the features"
# score = 29
# phrase = "5 numbers for each picture instead of 6"

# %% solve-feature-extractor
def feature_extractor(network):
    return keras.Model(network.input, network.output)
