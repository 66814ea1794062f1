# name = "Trained along the wrong axis: one row of sixteen features"
# score = 26
# phrase = "16 numbers in, 16 numbers out"

# %% solve-build-model
def build_model():
    model = keras.Sequential([keras.Input(shape=(16,)), keras.layers.Dense(units=16)])
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1), loss="mean_squared_error")
    return model

# %% solve-train-model
def train_model(model, features, labels):
    history = model.fit(features.reshape(1, -1), labels.reshape(1, -1), epochs=20, verbose=0)
    return history.history["loss"]


model = build_model()
losses = train_model(model, hours, heights)
