# name = "The last sample of all is taken back"
# score = 29
# phrase = "the same samples but for the last one of that class"

# %% solve-collection
class Collection:
    def __init__(self, look):
        self.look = look
        self.features, self.labels = [], []

    def add(self, frame, label):
        self.features.append(self.look(frame))
        self.labels.append(label)

    def arrays(self):
        return np.stack(self.features), np.array(self.labels)

    def remove_last(self, label):
        self.features.pop()
        self.labels.pop()
