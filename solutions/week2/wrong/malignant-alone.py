# name = "Only malignant rows cost anything"
# score = 29
# phrase = "only the malignant rows count"

# %% solve-cross-entropy
def cross_entropy(labels, probabilities):
    return -np.mean(labels * np.log(np.clip(probabilities, 1e-7, 1)))
