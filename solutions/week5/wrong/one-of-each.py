# name = "One picture of each held-out person, the others lost"
# score = 29
# phrase = "rows that are missing or stand there twice"

# %% solve-split-by-person
def split_by_person(people, held_out):
    test = [int(np.flatnonzero(people == person)[0]) for person in held_out]
    return np.flatnonzero(~np.isin(people, held_out)), np.array(test)
