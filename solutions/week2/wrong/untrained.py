# name = "A model that is never trained"
# score = 27
# phrase = "fewer right than a plain logistic regression gets"

# %% solve-diagnose
def train(features, labels):
    return build_model(features.shape[1])


def diagnose(trained, features):
    return np.asarray(trained(features))
