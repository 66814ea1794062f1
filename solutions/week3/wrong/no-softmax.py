# name = "Scores instead of probabilities"
# score = 29
# phrase = "ten numbers that are no probabilities: is the softmax missing?"

# %% solve-build-model
def build_model():
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(shape=(14, 14, 1)),
            layers.Conv2D(12, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(24, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )
    optimizer = keras.optimizers.Adam(learning_rate=0.005)
    model.compile(optimizer=optimizer, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model
