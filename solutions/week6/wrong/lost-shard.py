# name = "Only model.json is put into the folder"
# score = 27
# phrase = "model.json in the folder"

# %% solve-to-browser
def to_browser(model, folder):
    scaling = keras.layers.Rescaling(1 / 255)
    whole = keras.Sequential([keras.Input(model.input_shape[1:]), scaling, model])
    convert(whole, "tfjs-layers", folder, verify=0)
    for shard in Path(folder).glob("*.bin"):
        shard.unlink()
