# name = "Frames are kept, and looked at when they are asked for"
# score = 28
# phrase = "more looks, or later ones"

# %% solve-collection
class Collection:
    def __init__(self, look):
        self.look = look
        self.frames, self.labels = [], []

    def add(self, frame, label):
        self.frames.append(frame)
        self.labels.append(label)

    def arrays(self):
        return np.stack([self.look(frame) for frame in self.frames]), np.array(self.labels)

    def remove_last(self, label):
        place = max(i for i, known in enumerate(self.labels) if known == label)
        del self.frames[place], self.labels[place]
