# name = "The last, smaller batch is left out"
# score = 27
# phrase = "Do not forget the last, smaller one"

# %% solve-features-of
def features_of(backbone, pictures):
    rows = []
    for batch in range(len(pictures) // 32):
        part = pictures[32 * batch : 32 * batch + 32] / np.float32(255)
        rows.append(np.asarray(backbone(part)))
    return np.concatenate(rows)
