# name = "The model is not trained"
# score = 27
# phrase = "1 number(s) instead of one loss for each epoch"

# %% solve-train-model
def train_model(model, pictures, labels):
    return [model.evaluate(pictures, labels, verbose=0)]


model = build_model()
losses = train_model(model, pictures, labels)
