# name = "Heads that were not trained"
# score = 26
# phrase = "at least 60% of the hands of people who are in no part of the data"

# %% solve-train-head
def train_head(features, labels, classes):
    head = keras.Sequential([keras.Input((features.shape[1],))])
    head.add(keras.layers.Dense(classes, activation="softmax", kernel_initializer="zeros"))
    return head


three = (people < 7) & (labels < 3)
head = train_head(features[three], labels[three], 3)
