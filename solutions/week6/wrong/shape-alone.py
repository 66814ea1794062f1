# name = "Only the shape of the input is mended"
# score = 28
# phrase = "Corrupted configuration, expected array for nodeData, in a functional model"

# %% solve-mend
def mend(document):
    mended = copy.deepcopy(document)
    for layer in mended["modelTopology"]["model_config"]["config"]["layers"]:
        if "batch_shape" in layer["config"]:
            layer["config"]["batch_input_shape"] = layer["config"].pop("batch_shape")
    return mended
