# name = "The same split, whatever the seed"
# score = 29
# phrase = "the same split for every seed"

# %% solve-split-patients
def split_patients(patients, share, seed):
    names = np.unique(patients)
    shuffled = np.random.default_rng(0).permutation(names)
    is_test = np.isin(patients, shuffled[: round(share * len(names))])
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)
