"""What TensorFlow.js would say of a layers model, read off its files: nothing is loaded, and none of it is run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_KINDS = {"Sequential", "Functional", "Model"}
_BYTES = {"float32": 4, "int32": 4, "uint8": 1, "uint16": 2, "float16": 2, "bool": 1}
NO_SHAPE = "An InputLayer should be passed either a `batchInputShape` or an `inputShape`"
NO_NODES = "Corrupted configuration, expected array for nodeData"
NO_OUTPUT = "an error without a message: input_layers and output_layers must be lists of lists"
NO_TARGET = "Provided weight data has no target variable"


def problem_of(text: object, sizes: object) -> str:
    """Why a browser could not load the model.json in `text` beside files of these sizes; "" where it could."""
    if not isinstance(text, str):
        return "there is no model.json"
    try:
        document = json.loads(text)
    except ValueError:
        return "model.json is no JSON"
    problem = problem_with(document)
    if problem:
        return problem
    sizes = sizes if isinstance(sizes, Mapping) else {}
    for group in document["weightsManifest"]:
        for path in group["paths"]:
            if path not in sizes:
                return f"model.json names {path}, which is not in the folder"
        wanted = sum(_length(weight) for weight in group["weights"])
        found = sum(int(sizes[path]) for path in group["paths"])
        if wanted != found:
            return f"the weights should have {wanted} bytes and have {found}"
    return ""


def problem_with(document: object) -> str:
    """The same for what model.json holds, without its weights' files."""
    if not isinstance(document, Mapping):
        return "model.json holds no object"
    if document.get("format") == "graph-model" or "node" in (document.get("modelTopology") or {}):
        return "model.json holds a graph model, which tf.loadLayersModel does not take"
    layers = layers_of(document)
    if layers is None:
        return "model.json has no modelTopology with layers"
    return _inputs(layers) or _nodes(layers) or ends_of(document) or _weights(document, layers)


def layers_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """The layers of the topology, those of models within it too; None where there are none."""
    topology = document.get("modelTopology")
    config = topology.get("model_config", topology) if isinstance(topology, Mapping) else None
    return _layers(config)


def ends_of(document: Mapping[str, Any]) -> str:
    """What is wrong with the inputs and outputs of the whole model; "" where nothing is, as in a sequential one."""
    topology = document["modelTopology"]
    config = topology.get("model_config", topology).get("config")
    for name in ("input_layers", "output_layers"):
        ends = config.get(name) if isinstance(config, Mapping) else None
        if ends is not None and not (
            isinstance(ends, list) and ends and all(isinstance(end, list) for end in ends)
        ):
            return NO_OUTPUT
    return ""


def _layers(model: object) -> list[Mapping[str, Any]] | None:
    if not isinstance(model, Mapping) or model.get("class_name") not in _KINDS:
        return None
    config = model.get("config")
    layers = config.get("layers") if isinstance(config, Mapping) else config
    if not isinstance(layers, list) or not layers or not all(isinstance(layer, Mapping) for layer in layers):
        return None
    found: list[Mapping[str, Any]] = []
    for layer in layers:
        found += [layer, *(_layers(layer) or [])]
    return found


def _config(layer: Mapping[str, Any]) -> Mapping[str, Any]:
    config = layer.get("config")
    return config if isinstance(config, Mapping) else {}


def _inputs(layers: list[Mapping[str, Any]]) -> str:
    begins = [layer for layer in layers if layer.get("class_name") == "InputLayer"] or layers[:1]
    for layer in begins:
        shape = _config(layer).get("batch_input_shape", _config(layer).get("input_shape"))
        if not isinstance(shape, list) or not shape:
            return NO_SHAPE
    return ""


def _nodes(layers: list[Mapping[str, Any]]) -> str:
    for layer in layers:
        nodes = layer.get("inbound_nodes", [])
        if not isinstance(nodes, list) or not all(isinstance(node, list) for node in nodes):
            return NO_NODES
        for node in nodes:
            links = all(isinstance(link, list) and len(link) >= 3 for link in node)
            if not node or not links:
                return NO_NODES
    return ""


def _weights(document: Mapping[str, Any], layers: list[Mapping[str, Any]]) -> str:
    manifest = document.get("weightsManifest")
    if not isinstance(manifest, list) or not manifest:
        return "model.json lists no weights"
    names = {str(_config(layer).get("name")) for layer in layers}
    for group in manifest:
        for weight in group["weights"]:
            layer, _, _ = str(weight["name"]).rpartition("/")
            if layer not in names:
                return f"{NO_TARGET}: {str(weight['name'])[:60]}"
    return ""


def _length(weight: Mapping[str, Any]) -> int:
    count = 1
    for size in weight["shape"]:
        count *= int(size)
    stored = (weight.get("quantization") or {}).get("dtype", weight["dtype"])
    return count * _BYTES[stored]
