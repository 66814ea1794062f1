# name = "The right model, never trained"
# score = 27
# phrase = "0, as before any training"

# %% solve-train-model
def train_model(model, features, labels):
    return [model.evaluate(features, labels, verbose=0)]


model = build_model()
losses = train_model(model, hours, heights)
