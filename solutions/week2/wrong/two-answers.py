# name = "Two numbers out, one for each class, and a column as the answer"
# score = 27
# phrase = "[2] out"

# %% solve-build-model
def build_model(columns):
    model = keras.Sequential([keras.Input(shape=(columns,)), keras.layers.Dense(2, activation="softmax")])
    model.compile(optimizer=keras.optimizers.Adam(0.03), loss="sparse_categorical_crossentropy")
    return model

# %% solve-diagnose
def train(features, labels):
    mean, spread = features.mean(axis=0), features.std(axis=0)
    model = build_model(features.shape[1])
    model.fit((features - mean) / spread, labels, epochs=10, batch_size=8, verbose=0)
    return model, mean, spread


def diagnose(trained, features):
    model, mean, spread = trained
    return np.asarray(model((features - mean) / spread))[:, 1:]
