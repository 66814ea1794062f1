# name = "A Keras neuron without a bias"
# score = 26
# phrase = "a weight but no bias: every line would pass through 0"

# %% solve-build-model
def build_model():
    model = keras.Sequential([keras.Input(shape=(1,)), keras.layers.Dense(units=1, use_bias=False)])
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1), loss="mean_squared_error")
    return model
