# name = "The head for five was trained on three"
# score = 28
# phrase = "hardly ever: lizard, spock"

# %% solve-five-head
rows = (people < 7) & (labels < 3)
five_head = train_head(features[rows], labels[rows], 5)
