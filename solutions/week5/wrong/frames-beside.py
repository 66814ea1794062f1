# name = "Frames are kept beside their features"
# score = 29
# phrase = "Put the features there, not the frame"

# %% solve-collection
class Collection:
    def __init__(self, look):
        self.look = look
        self.samples = []

    def add(self, frame, label):
        self.samples.append((frame, self.look(frame), label))

    def arrays(self):
        return np.stack([row for _, row, _ in self.samples]), np.array([label for *_, label in self.samples])

    def remove_last(self, label):
        place = max(i for i, sample in enumerate(self.samples) if sample[2] == label)
        del self.samples[place]
