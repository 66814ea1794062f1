# name = "The ends of the model are not mended"
# score = 29
# phrase = "an error without a message"

# %% solve-mend
def mend(document):
    mended = copy.deepcopy(document)
    for layer in mended["modelTopology"]["model_config"]["config"]["layers"]:
        config = layer["config"]
        if "batch_shape" in config:
            config["batch_input_shape"] = config.pop("batch_shape")
        for number, node in enumerate(layer.get("inbound_nodes", [])):
            layer["inbound_nodes"][number] = [[*node["args"][0]["config"]["keras_history"], {}]]
    for weight in mended["weightsManifest"][0]["weights"]:
        weight["name"] = weight["name"].split("/", 1)[1]
    return mended
