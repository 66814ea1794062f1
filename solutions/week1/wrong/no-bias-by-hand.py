# name = "The bias is forgotten in predict"
# score = 22
# phrase = "the bias is missing"

# %% solve-predict
def predict(features, weight, bias):
    return weight * features
