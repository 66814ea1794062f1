# name = "Right as often, but far too sure"
# score = 29
# phrase = "a cross-entropy that is too high"

# %% solve-diagnose
def train(features, labels):
    mean, spread = features.mean(axis=0), features.std(axis=0)
    model = build_model(features.shape[1])
    model.fit((features - mean) / spread, labels.reshape(-1, 1), epochs=10, batch_size=8, verbose=0)
    return model, mean, spread


def diagnose(trained, features):
    model, mean, spread = trained
    return (np.asarray(model((features - mean) / spread))[:, 0] > 0.5).astype(float)
