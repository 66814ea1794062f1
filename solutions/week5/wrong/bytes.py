# name = "Bytes where colours from 0 to 1 were learnt"
# score = 29
# phrase = "the features of bytes: the colours were not divided by 255"

# %% solve-features-of
def features_of(backbone, pictures):
    rows = []
    for start in range(0, len(pictures), 32):
        rows.append(np.asarray(backbone(pictures[start : start + 32].astype(np.float32))))
    return np.concatenate(rows)
