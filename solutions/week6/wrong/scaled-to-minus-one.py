# name = "The converted model scales its input to −1 to 1"
# score = 29
# phrase = "other answers than those of the model"

# %% solve-to-browser
def to_browser(model, folder):
    scaling = keras.layers.Rescaling(1 / 127.5, offset=-1)
    convert(keras.Sequential([keras.Input(model.input_shape[1:]), scaling, model]), "tfjs-layers", folder, verify=0)
