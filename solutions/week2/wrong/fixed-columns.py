# name = "Columns by their place in the example, not by their name"
# score = 27
# phrase = "it stopped with ValueError"

# %% solve-read-table
def read_table(path):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))[1:]
    features = np.array([[float(cell) for cell in [row[1], *row[3:]]] for row in rows])
    return features, np.array([int(row[2] == "malignant") for row in rows])
