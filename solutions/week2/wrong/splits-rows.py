# name = "A split by rows, so that patients stand on both sides"
# score = 26
# phrase = "patients it had learned from"

# %% solve-split-patients
def split_patients(patients, share, seed):
    order = np.random.default_rng(seed).permutation(len(patients))
    count = round(share * len(patients))
    return order[count:], order[:count]
