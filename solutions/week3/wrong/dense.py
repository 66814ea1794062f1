# name = "A dense network"
# score = 27
# phrase = "no Conv2D and no MaxPooling2D layer"

# %% solve-build-model
def build_model():
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(shape=(14, 14, 1)),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    optimizer = keras.optimizers.Adam(learning_rate=0.005)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    return model
