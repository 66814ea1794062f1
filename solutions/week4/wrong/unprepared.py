# name = "The network is given the bytes"
# score = 28
# phrase = "names as if the network had been given bytes"

# %% solve-classify
def classify(network, pixels, names):
    inputs = (prepare(pixels, network.input_shape[1]) + 1) * 127.5
    return names[int(np.argmax(network(inputs)[0]))]
