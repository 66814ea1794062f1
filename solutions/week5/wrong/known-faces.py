# name = "Everybody is judged by a head that knows them"
# score = 27
# phrase = "a head was judged by people whose pictures it had learned from"

# %% solve-strangers
def strangers(features, labels, people, train):
    head = train(features, labels)
    shares = [np.mean(head(features[people == one]) == labels[people == one]) for one in np.unique(people)]
    return np.mean(shares), min(shares)
