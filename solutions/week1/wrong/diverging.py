# name = "Masses that are not scaled: the loss grows until it is NaN"
# score = 27
# phrase = "NaN or infinity: the numbers have grown out of all bounds"

# %% solve-fit-spring
def fit_spring(masses, lengths):
    slope, intercept, _ = train(masses, lengths, learning_rate=0.1, steps=200)
    return slope, intercept
