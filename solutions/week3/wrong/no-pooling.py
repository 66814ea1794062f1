# name = "Strides instead of pooling"
# score = 29
# phrase = "no MaxPooling2D layer"

# %% solve-build-model
def build_model():
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(shape=(14, 14, 1)),
            layers.Conv2D(12, 3, strides=2, activation="relu"),
            layers.Conv2D(24, 3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    optimizer = keras.optimizers.Adam(learning_rate=0.005)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    return model
