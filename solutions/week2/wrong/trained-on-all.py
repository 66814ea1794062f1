# name = "Trained on all rows before the split"
# score = 28
# phrase = "another number of patients"

# %% solve-honest-accuracy
def honest_accuracy(features, labels, patients, share, seed, train, diagnose):
    trained = train(features, labels)
    _, test_rows = split_patients(patients, share, seed)
    probabilities = diagnose(trained, features[test_rows])
    return np.mean((probabilities > 0.5) == (labels[test_rows] == 1))
