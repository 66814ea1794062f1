# name = "The mean over pictures instead of people"
# score = 29
# phrase = "the mean over pictures: who has more of them counts for more"

# %% solve-strangers
def strangers(features, labels, people, train):
    right, shares = [], []
    for person in np.unique(people):
        theirs = people == person
        head = train(features[~theirs], labels[~theirs])
        hits = head(features[theirs]) == labels[theirs]
        right.extend(hits)
        shares.append(np.mean(hits))
    return np.mean(right), min(shares)
