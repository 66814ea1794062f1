# name = "The version that is installed, and the size in the archive"
# score = 29
# phrase = "the compressed size, as the archive stores it"

# %% solve-look-inside
def look_inside(path):
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
        size = archive.getinfo("model.weights.h5").compress_size
    return [layer["class_name"] for layer in config["config"]["layers"]], keras.__version__, size
