# name = "The least alike"
# score = 28
# phrase = "the least alike"

# %% solve-most-alike
def most_alike(vectors, query, count):
    cosines = vectors @ query / np.linalg.norm(vectors, axis=1) / np.linalg.norm(query)
    return np.argsort(cosines)[:count]
