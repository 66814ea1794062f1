# name = "The layers that Keras shows, without the input"
# score = 30
# phrase = "the InputLayer is missing: config.json lists it too"

# %% solve-look-inside
def look_inside(path):
    model = keras.saving.load_model(path)
    with zipfile.ZipFile(path) as archive:
        version = json.loads(archive.read("metadata.json"))["keras_version"]
        size = archive.getinfo("model.weights.h5").file_size
    return [type(layer).__name__ for layer in model.layers], version, size
