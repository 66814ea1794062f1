"""Recurrent layers, their cells, and the wrappers of layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.conversion.layers.activations import HARD_SIGMOID, fused, name_of
from course_utils.conversion.layers.registry import Call, refuse, rule
from course_utils.conversion.layers.settings import settings
from course_utils.conversion.layers.sketch import Layer, Shape, Site, Tensor, Weight

_GATES = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4, "ConvLSTM2D": 4}
#: The gates that the recurrent activation opens: all but the candidate for the new state.
_OPENED = {"GRU": (0, 1), "LSTM": (0, 1, 3), "ConvLSTM2D": (0, 1, 3)}

Weights = list[tuple[str, Weight]]


@rule("SimpleRNN", "GRU", "LSTM", "RNN")
def _recurrent(site: Site, layer: Any, call: Call) -> list[Tensor]:
    name, config, weights = recurrent_config(layer, layer.trainable, call.extra)
    y = site.add(name, call.inputs, config, shape=call.shape, weights=weights)
    return _outputs(site, y, call.shapes, _order_of_states(layer))


def _outputs(site: Site, y: Tensor, shapes: tuple[Shape, ...], order: list[int]) -> list[Tensor]:
    """The outputs in Keras' order; `order` says where TensorFlow.js puts each state."""
    first = len(shapes) - len(order)
    places = [*range(first), *(first + place for place in order)]
    return [site.output(y, places[index], shape) for index, shape in enumerate(shapes)]


def _order_of_states(layer: Any) -> list[int]:
    """Where TensorFlow.js has each of Keras' states: it lists those of stacked cells from the last cell on."""
    if not layer.return_state:
        return []
    counts = [_states(cell) for cell in _cells(layer.cell)]
    return [sum(counts[index + 1 :]) + place for index, count in enumerate(counts) for place in range(count)]


def _cells(cell: Any) -> list[Any]:
    return list(cell.cells) if type(cell).__name__ == "StackedRNNCells" else [cell]


def _states(cell: Any) -> int:
    return len(cell.state_size) if isinstance(cell.state_size, list | tuple) else 1


def recurrent_config(layer: Any, trainable: bool, extra: int) -> tuple[str, dict[str, Any], Weights]:
    """Class, config and weights of a recurrent layer; `extra` features come after those that it knows."""
    config: dict[str, Any] = {
        "return_sequences": bool(layer.return_sequences),
        "return_state": bool(layer.return_state),
        "go_backwards": bool(layer.go_backwards),
        "stateful": bool(layer.stateful),
        "unroll": False,
        "trainable": bool(trainable),
    }
    cell = layer.cell
    if type(layer).__name__ != "RNN":
        inner, weights = _cell_config(layer, cell, extra)
        return type(layer).__name__, {**inner, **config}, weights
    if type(cell).__name__ != "StackedRNNCells":
        # As the layer of that cell: TensorFlow.js cannot run an RNN both ways.
        inner, weights = _cell_config(layer, cell, extra)
        return type(cell).__name__.removesuffix("Cell"), {**inner, **config}, weights
    cells, weights = [], []
    for place, one in enumerate(cell.cells):
        inner, own = _cell_config(layer, one, 0 if place else extra)
        # Cells in a stack are initialised for nothing, before their weights are loaded, which takes long for this one.
        inner["recurrent_initializer"] = {"class_name": "Zeros", "config": {}}
        cells.append(_named(one, inner, trainable))
        weights += [(f"RNNCell_{place}/{name}", weight) for name, weight in own]
    stack = {"class_name": "StackedRNNCells", "config": {"name": f"{layer.name}_cells", "cells": cells}}
    return "RNN", {**config, "cell": stack}, weights


def _named(cell: Any, config: dict[str, Any], trainable: bool) -> dict[str, Any]:
    settings = {
        "name": cell.name,
        "trainable": bool(trainable and cell.trainable),
        "dtype": "float32",
        **config,
    }
    return {"class_name": type(cell).__name__, "config": settings}


def _cell_config(layer: Any, cell: Any, extra: int) -> tuple[dict[str, Any], Weights]:
    """Config and weights of one cell."""
    kind = _kind(layer, cell)
    weights = {"kernel": cell.kernel, "recurrent_kernel": cell.recurrent_kernel}
    weights |= {"bias": cell.bias} if cell.use_bias else {}
    activations, flatter = _activations(layer, cell, kind)
    config: dict[str, Any] = {
        **activations,
        "use_bias": bool(cell.use_bias),
        "dropout": float(cell.dropout),
        "recurrent_dropout": float(cell.recurrent_dropout),
        **settings(cell, kernel=weights["kernel"], bias=weights.get("bias"), recurrent=None),
    }
    if kind != "ConvLSTM2D":
        config["units"] = cell.units
    if kind in ("LSTM", "ConvLSTM2D"):
        config["unit_forget_bias"] = bool(cell.unit_forget_bias)
    if kind == "GRU":
        config["reset_after"] = False
    if flatter:
        # Keras' hard sigmoid is flatter than that of TensorFlow.js: what it takes is scaled by its weights.
        weights = {name: _scaled(weight, _GATES[kind], flatter) for name, weight in weights.items()}
    if extra:
        kernel = np.asarray(weights["kernel"])
        weights["kernel"] = np.concatenate([kernel, np.zeros((extra, kernel.shape[1]), kernel.dtype)])
    return config, list(weights.items())


def _kind(layer: Any, cell: Any) -> str:
    """SimpleRNN, GRU, LSTM or ConvLSTM2D; refuses every other cell, and a GRU that TensorFlow.js computes otherwise."""
    kind = type(cell).__name__.removesuffix("Cell")
    kind = "ConvLSTM2D" if type(layer).__name__ == "ConvLSTM2D" else kind
    if kind not in _GATES or not type(cell).__module__.startswith("keras.src."):
        refuse(
            layer,
            f"has the cell {type(cell).__name__}, which TensorFlow.js has not",
            "take SimpleRNN, LSTM or GRU cells",
        )
    if kind == "GRU" and cell.reset_after:
        refuse(
            layer,
            "resets after its matrix product, and TensorFlow.js' GRU before it",
            "train GRU(reset_after=False), or convert to tfjs-graph,",
        )
    return kind


def _activations(layer: Any, cell: Any, kind: str) -> tuple[dict[str, str], tuple[int, ...]]:
    """The cell's activations for TensorFlow.js, and the gates whose weights are to be scaled for them."""
    found = {"activation": cell.activation}
    if kind in _OPENED:
        found["recurrent_activation"] = cell.recurrent_activation
    config, flatter = {}, []
    for key, activation in found.items():
        config[key] = fused(activation)
        # An LSTM also applies its activation to the cell state, which no weight scales.
        may_scale = key == "recurrent_activation" or kind in ("SimpleRNN", "GRU")
        if name_of(activation) == "hard_sigmoid" and may_scale:
            config[key] = "hard_sigmoid"
            flatter += _OPENED[kind] if key == "recurrent_activation" else [_GATES[kind] - 1]
        if config[key] is None:
            refuse(
                layer,
                f"has {'a' if key.startswith('r') else 'an'} {key} that TensorFlow.js has not",
                "take sigmoid, tanh or relu, or convert to tfjs-graph,",
            )
    return config, tuple(flatter)


def _scaled(weight: Any, gates: int, which: tuple[int, ...]) -> np.ndarray:
    scaled = np.array(weight)
    parts = np.split(scaled, gates, axis=-1)
    for gate in which:
        parts[gate] = parts[gate] * np.float32(HARD_SIGMOID)
    return np.concatenate(parts, axis=-1)


@rule("ConvLSTM2D")
def _conv_lstm(site: Site, layer: Any, call: Call) -> list[Tensor]:
    first = layer.data_format == "channels_first"
    if first and layer.return_state:
        refuse(layer, "returns states with their channels first", "take data_format='channels_last'")
    if len(call.inputs) > 1 or layer.stateful:
        refuse(layer, "begins from a given state, which TensorFlow.js cannot", "let it begin from zeros")
    x = site.permute(call.x, [1, 3, 4, 2], "channels_last") if first else call.x
    cell = layer.cell
    inner, weights = _cell_config(layer, cell, 0)
    config = {
        **inner,
        "filters": cell.filters,
        "kernel_size": list(cell.kernel_size),
        "strides": list(cell.strides),
        "padding": cell.padding,
        "data_format": "channels_last",
        "dilation_rate": list(cell.dilation_rate),
        "return_sequences": bool(layer.return_sequences),
        "return_state": bool(layer.return_state),
        "go_backwards": bool(layer.go_backwards),
    }
    batch, *rest = call.shape
    axes = len(rest)
    shape = (batch, *rest[: axes - 3], *rest[axes - 2 :], rest[axes - 3]) if first else call.shape
    y = site.add("ConvLSTM2D", x, config, shape=shape, weights=weights)
    if first:
        back = [4, 2, 3] if layer.return_sequences else [3, 1, 2]
        return [site.permute(y, [1, *back] if layer.return_sequences else back, "channels_back")]
    return [site.output(y, index, shape) for index, shape in enumerate(call.shapes)]


@rule("Bidirectional")
def _bidirectional(site: Site, layer: Any, call: Call) -> list[Tensor]:
    forward, backward = layer.forward_layer, layer.backward_layer
    if type(forward).__name__ not in ("SimpleRNN", "GRU", "LSTM", "RNN"):
        refuse(layer, f"runs a {type(forward).__name__} both ways, which TensorFlow.js cannot")
    if type(forward.cell).__name__ == "StackedRNNCells":
        refuse(
            layer,
            "runs stacked cells both ways, which TensorFlow.js cannot",
            "take a Bidirectional for each cell",
        )
    trainable = layer.trainable and forward.trainable
    name, config, weights = recurrent_config(forward, trainable, call.extra)
    other, mirrored, back = recurrent_config(backward, trainable, call.extra)
    if (
        other != name
        or _kept(config) != _kept(mirrored)
        or config["go_backwards"] == mirrored["go_backwards"]
    ):
        refuse(layer, "has a backward_layer that is no mirror of the other", "leave backward_layer out")
    inner = forward.name.removeprefix("forward_")
    both: Weights = [(f"forward_{inner}/{key}", weight) for key, weight in weights]
    both += [(f"backward_{inner}/{key}", weight) for key, weight in back]
    inside = Layer(name, inner, config)
    settings = {"merge_mode": layer.merge_mode, "trainable": bool(trainable)}
    y = site.add("Bidirectional", call.inputs, settings, shape=call.shape, weights=both, inside=inside)
    order = _order_of_states(forward)
    order += [len(order) + place for place in order]
    return _outputs(site, y, call.shapes, order)


def _kept(config: dict[str, Any]) -> dict[str, Any]:
    """What both directions of a Bidirectional must have in common: what changes the answer."""
    ignored = ("go_backwards", "trainable", "cell")
    return {
        key: value
        for key, value in config.items()
        if key not in ignored and not key.endswith(("izer", "aint"))
    }


@rule("TimeDistributed")
def _time_distributed(site: Site, layer: Any, call: Call) -> Tensor:
    x = call.x
    shape, wanted = (x.shape[0], *x.shape[2:]), (call.shape[0], *call.shape[2:])
    graph = site.inner(layer.layer, shape, wanted)
    single = [one for one in graph.layers if one.class_name != "InputLayer"]
    if len(single) == 1 and isinstance(single[0].inside, Layer | None):
        one = single[0]
        inside = Layer(one.class_name, one.name, {**one.config, "trainable": site.trainable}, (), one.inside)
        return site.add("TimeDistributed", x, {}, shape=call.shape, weights=one.weights, inside=inside)
    return site.add("TimeDistributed", x, {}, shape=call.shape, inside=graph)
