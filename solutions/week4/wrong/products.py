# name = "The product instead of the cosine"
# score = 29
# phrase = "ordered by the product: long vectors win"

# %% solve-most-alike
def most_alike(vectors, query, count):
    return np.argsort(vectors @ query)[::-1][:count]
