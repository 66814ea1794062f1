# name = "All pictures go through the backbone at once"
# score = 29
# phrase = "at most 32 pictures in the backbone at a time"

# %% solve-features-of
def features_of(backbone, pictures):
    return np.asarray(backbone(pictures / np.float32(255)))
