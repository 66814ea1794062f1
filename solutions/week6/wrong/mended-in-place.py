# name = "The dictionary that was passed in is changed"
# score = 30
# phrase = "the dictionary that was passed in was changed"

# %% solve-mend
def mend(document):
    whole = document["modelTopology"]["model_config"]["config"]
    for ends in {"input_layers", "output_layers"} & whole.keys():
        whole[ends] = [whole[ends]]
    for layer in document["modelTopology"]["model_config"]["config"]["layers"]:
        config = layer["config"]
        if "batch_shape" in config:
            config["batch_input_shape"] = config.pop("batch_shape")
        for number, node in enumerate(layer.get("inbound_nodes", [])):
            layer["inbound_nodes"][number] = [[*node["args"][0]["config"]["keras_history"], {}]]
    for weight in document["weightsManifest"][0]["weights"]:
        weight["name"] = weight["name"].split("/", 1)[1]
    return document
