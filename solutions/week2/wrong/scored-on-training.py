# name = "Measured on the rows that were learned from"
# score = 29
# phrase = "patients it had learned from"

# %% solve-honest-accuracy
def honest_accuracy(features, labels, patients, share, seed, train, diagnose):
    training_rows, _ = split_patients(patients, share, seed)
    trained = train(features[training_rows], labels[training_rows])
    probabilities = diagnose(trained, features[training_rows])
    return np.mean((probabilities > 0.5) == (labels[training_rows] == 1))
