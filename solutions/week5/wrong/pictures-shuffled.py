# name = "People leak: the split is by picture"
# score = 29
# phrase = "people on both sides"

# %% solve-split-by-person
def split_by_person(people, held_out):
    order = np.random.default_rng(0).permutation(len(people))
    count = int(np.isin(people, held_out).sum())
    return order[count:], order[:count]
