# name = "Trained on seven of the ten classes"
# score = 29
# phrase = "at least 90% of pictures that were never trained on"

# %% solve-train-model
def train_model(model, pictures, labels):
    chosen = labels < 7
    history = model.fit(pictures[chosen], labels[chosen], epochs=12, batch_size=50, verbose=0)
    return history.history["loss"]


model = build_model()
losses = train_model(model, pictures, labels)
