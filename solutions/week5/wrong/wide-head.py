# name = "A head with a hidden layer beyond the budget"
# score = 28
# phrase = "at most 1,000 parameters"

# %% solve-train-head
def train_head(features, labels, classes):
    head = keras.Sequential([keras.Input((features.shape[1],)), keras.layers.Dense(16, activation="relu")])
    head.add(keras.layers.Dense(classes, activation="softmax"))
    head.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    head.fit(features, labels, batch_size=32, epochs=15, verbose=0)
    return head


three = (people < 7) & (labels < 3)
head = train_head(features[three], labels[three], 3)
