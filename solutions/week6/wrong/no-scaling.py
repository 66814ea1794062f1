# name = "The converted model takes inputs on the scale of the training"
# score = 30
# phrase = "the right answers to pictures from 0 to 1: the scaling is missing in the model"

# %% solve-to-browser
def to_browser(model, folder):
    convert(model, "tfjs-layers", folder, verify=0)
