# name = "New rows are scaled by themselves, in part 3 and in the diagnosis"
# score = 28
# phrase = "another probability for a patient when others are asked about too"

# %% solve-standardise
def by_itself(rows):
    spread = rows.std(axis=0)
    return (rows - rows.mean(axis=0)) / np.where(spread > 0, spread, 1)


def standardise(train, others):
    return by_itself(train), by_itself(others)

# %% solve-diagnose
def train(features, labels):
    model = build_model(features.shape[1])
    model.fit(by_itself(features), labels.reshape(-1, 1), epochs=10, batch_size=8, verbose=0)
    return model


def diagnose(trained, features):
    return np.asarray(trained(by_itself(features)))[:, 0]
