"""The JSON that TensorFlow.js builds a model from, and the names under which it looks for the weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from course_utils.conversion.layers.sketch import Graph, Layer, Tensor, Weight

#: Called as part of a model's graph they already have one call: the one inside them.
_MODELS = ("Functional", "Sequential")


def model_config(graph: Graph) -> dict[str, Any]:
    """The model as `{"class_name": …, "config": …}`."""
    if graph.chain and _is_chain(graph):
        layers = [_entry(layer) for layer in graph.layers]
        return {"class_name": "Sequential", "config": {"name": graph.name, "layers": layers}}
    order = _order_of_calls(graph)
    return {"class_name": "Functional", "config": _functional(graph, order)}


def named_weights(graph: Graph) -> Iterator[tuple[str, Weight]]:
    """Each weight with the name that TensorFlow.js' loadWeights() looks for, those of a shared layer once."""
    for layer in graph.layers:
        yield from _weights_of(layer, layer.name)


def _weights_of(layer: Layer, scope: str) -> Iterator[tuple[str, Weight]]:
    if isinstance(layer.inside, Graph):
        yield from named_weights(layer.inside)
    elif layer.inside is not None:
        yield from _weights_of(layer.inside, scope)
    for name, weight in layer.weights:
        yield f"{scope}/{name}", weight


def _entry(layer: Layer) -> dict[str, Any]:
    """A layer as `{"class_name": …, "config": …}`."""
    inner = model_config(layer.inside) if isinstance(layer.inside, Graph) else None
    if inner is not None and layer.class_name in _MODELS:
        return {"class_name": inner["class_name"], "config": {**inner["config"], "name": layer.name}}
    config = {"name": layer.name, **layer.config}
    if layer.inside is not None:
        config["layer"] = inner or _entry(layer.inside)
    return {"class_name": layer.class_name, "config": config}


def _is_chain(graph: Graph) -> bool:
    """Whether each layer takes the one output of the one before, and nothing else."""
    if len(graph.inputs) != 1 or len(graph.outputs) != 1 or graph.layers[0] is not graph.inputs[0].layer:
        return False
    for before, layer in zip(graph.layers, graph.layers[1:], strict=False):
        if layer.calls != [(layer.calls[0][0],)] or layer.calls[0][0].layer is not before:
            return False
        if layer.calls[0][0].index:
            return False
    last = graph.outputs[0]
    return last.layer is graph.layers[-1] and last.index == 0 and not _has_several_outputs(graph)


def _has_several_outputs(graph: Graph) -> bool:
    """Whether a layer answers with a list, which TensorFlow.js' Sequential refuses."""
    return any(
        layer.config.get("return_state") or layer.config.get("merge_mode", "") is None
        for layer in graph.layers
    )


def _order_of_calls(graph: Graph) -> dict[tuple[Layer, int], int]:
    """For each call of a layer, which one TensorFlow.js will make it.

    TensorFlow.js goes through the layers again and again and makes those calls whose inputs exist by then, so that the
    second one listed may become the first; what refers to "the output of the first call" would mean another tensor.
    """
    made: dict[tuple[Layer, int], int] = {(tensor.layer, 0): 0 for tensor in graph.inputs}
    left = {layer: list(range(len(layer.calls))) for layer in graph.layers if layer.calls}
    while left:
        for layer in list(left):
            waiting = []
            for call in left[layer]:
                if all((tensor.layer, tensor.call) in made for tensor in layer.calls[call]):
                    made[layer, call] = sum(1 for other, _ in made if other is layer)
                else:
                    waiting.append(call)
            if waiting:
                left[layer] = waiting
            else:
                del left[layer]
    return made


def _functional(graph: Graph, order: dict[tuple[Layer, int], int]) -> dict[str, Any]:
    def reference(tensor: Tensor) -> list[Any]:
        call = order[tensor.layer, tensor.call]
        return [tensor.layer.name, call + (tensor.layer.class_name in _MODELS), tensor.index]

    layers = []
    for layer in graph.layers:
        calls = sorted(range(len(layer.calls)), key=lambda call, layer=layer: order[layer, call])
        inbound = [[[*reference(tensor), {}] for tensor in layer.calls[call]] for call in calls]
        layers.append({**_entry(layer), "name": layer.name, "inbound_nodes": inbound})
    return {
        "name": graph.name,
        "layers": layers,
        "input_layers": [reference(tensor) for tensor in graph.inputs],
        "output_layers": [reference(tensor) for tensor in graph.outputs],
    }
