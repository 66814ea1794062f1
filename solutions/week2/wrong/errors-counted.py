# name = "The share of wrong answers"
# score = 29
# phrase = "the share of wrong answers"

# %% solve-honest-accuracy
def honest_accuracy(features, labels, patients, share, seed, train, diagnose):
    training_rows, test_rows = split_patients(patients, share, seed)
    trained = train(features[training_rows], labels[training_rows])
    probabilities = diagnose(trained, features[test_rows])
    return np.mean((probabilities > 0.5) != (labels[test_rows] == 1))
