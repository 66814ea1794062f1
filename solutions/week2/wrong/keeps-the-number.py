# name = "The patient's number as a feature"
# score = 28
# phrase = "a column too many: is the patient's number, or the diagnosis, among the features?"

# %% solve-read-table
def read_table(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [name for name in rows[0] if name != "diagnosis"]
    features = np.array([[float(row[name]) for name in columns] for row in rows])
    return features, np.array([int(row["diagnosis"] == "malignant") for row in rows])
