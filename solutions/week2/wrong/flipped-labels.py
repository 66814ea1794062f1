# name = "1 for benign"
# score = 29
# phrase = "1 for benign; here 1 is for malignant"

# %% solve-read-table
def read_table(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [name for name in rows[0] if name not in ("patient", "diagnosis")]
    features = np.array([[float(row[name]) for name in columns] for row in rows])
    return features, np.array([int(row["diagnosis"] == "benign") for row in rows])
