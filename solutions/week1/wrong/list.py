# name = "predict returns a list"
# score = 29
# phrase = "a list"

# %% solve-predict
def predict(features, weight, bias):
    return [weight * feature + bias for feature in features]
