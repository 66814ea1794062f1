# name = "model.json holds Keras' own description, which no browser loads"
# score = 28
# phrase = "An InputLayer should be passed either a `batchInputShape` or an `inputShape`"

# %% solve-to-browser
def to_browser(model, folder):
    scaling = keras.layers.Rescaling(1 / 255)
    whole = keras.Sequential([keras.Input(model.input_shape[1:]), scaling, model])
    convert(whole, "tfjs-layers", folder, verify=0)
    path = Path(folder) / "model.json"
    document = json.loads(path.read_text())
    document["modelTopology"]["model_config"] = json.loads(whole.to_json())
    path.write_text(json.dumps(document))
