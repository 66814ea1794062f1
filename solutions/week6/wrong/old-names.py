# name = "The weights keep the name of the model in front"
# score = 29
# phrase = "Provided weight data has no target variable: small/hidden/kernel"

# %% solve-mend
def mend(document):
    mended = copy.deepcopy(document)
    whole = mended["modelTopology"]["model_config"]["config"]
    for ends in {"input_layers", "output_layers"} & whole.keys():
        whole[ends] = [whole[ends]]
    for layer in mended["modelTopology"]["model_config"]["config"]["layers"]:
        config = layer["config"]
        if "batch_shape" in config:
            config["batch_input_shape"] = config.pop("batch_shape")
        for number, node in enumerate(layer.get("inbound_nodes", [])):
            layer["inbound_nodes"][number] = [[*node["args"][0]["config"]["keras_history"], {}]]
    return mended
