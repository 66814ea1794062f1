# name = "A network of half a million weights, with the mean squared error"
# score = 28
# phrase = "the mean squared error"

# %% solve-build-model
def build_model(columns):
    model = keras.Sequential([keras.Input(shape=(columns,))])
    for _ in range(3):
        model.add(keras.layers.Dense(500, activation="relu"))
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    model.compile(optimizer="adam", loss="mean_squared_error")
    return model

# %% solve-diagnose
def train(features, labels):
    mean, spread = features.mean(axis=0), features.std(axis=0)
    model = keras.Sequential([keras.Input(shape=(features.shape[1],)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=keras.optimizers.Adam(0.03), loss="binary_crossentropy")
    model.fit((features - mean) / spread, labels.reshape(-1, 1), epochs=10, batch_size=8, verbose=0)
    return model, mean, spread


def diagnose(trained, features):
    model, mean, spread = trained
    return np.asarray(model((features - mean) / spread))[:, 0]
