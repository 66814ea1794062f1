"""Attention, as the products and softmaxes that it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.conversion.layers.convolutions import plain
from course_utils.conversion.layers.registry import Call, refuse, rule
from course_utils.conversion.layers.sketch import Site, Tensor, Weight


@rule("Attention")
def _attention(site: Site, layer: Any, call: Call) -> Tensor:
    if layer.score_mode != "dot":
        refuse(
            layer, "scores otherwise than by a product, which TensorFlow.js cannot", "take score_mode='dot'"
        )
    query, value, key = _three(layer, call)
    return _attended(site, (query, key, value), 1.0 if layer.scale is None else np.asarray(layer.scale), "")


def _three(layer: Any, call: Call) -> tuple[Tensor, Tensor, Tensor]:
    """Query, value and key, (batch, steps, features) each."""
    if any(len(tensor.shape) != 3 for tensor in call.inputs):
        refuse(
            layer,
            "attends to more than sequences, which TensorFlow.js cannot",
            "reshape to (batch, steps, features)",
        )
    query, value = call.inputs[:2]
    return query, value, call.inputs[2] if len(call.inputs) > 2 else value


def _attended(site: Site, tensors: tuple[Tensor, Tensor, Tensor], scale: Any, role: str) -> Tensor:
    """softmax(scale × query · key) · value."""
    query, key, value = tensors
    before = f"{role}_" if role else ""
    shape = (query.shape[0], query.shape[1], key.shape[1])
    scores = site.add(
        "Dot", [query, key], {"axes": [2, 2], "normalize": False}, shape=shape, role=f"{before}scores"
    )
    scores = site.rescale(scores, scale, role=f"{before}scale")
    weights = site.activate(scores, "softmax", role=f"{before}weights")
    shape = (*query.shape[:2], value.shape[2])
    return site.add("Dot", [weights, value], {"axes": [2, 1], "normalize": False}, shape=shape, role=role)


@rule("MultiHeadAttention")
def _multi_head(site: Site, layer: Any, call: Call) -> Tensor:
    query, value, key = _three(layer, call)
    parts = {"query": layer.query_dense, "key": layer.key_dense, "value": layer.value_dense}
    for part in (*parts.values(), layer.output_dense):
        plain(part)
    output = np.asarray(layer.output_dense.kernel)
    if output.ndim != 3:
        refuse(
            layer,
            "gives more than one axis of features, which TensorFlow.js cannot",
            "leave output_shape out",
        )
    scale = 1 / np.sqrt(np.asarray(parts["key"].kernel).shape[-1])
    said = []
    # Each head by itself: TensorFlow.js multiplies sequences, not sequences of heads.
    for head in range(layer.num_heads):
        seen = []
        for name, tensor in (("query", query), ("key", key), ("value", value)):
            kernel = np.asarray(parts[name].kernel)[:, head]
            bias = np.asarray(parts[name].bias)[head] if layer.use_bias else None
            seen.append(_dense(site, tensor, kernel, bias, f"{name}_{head}"))
        attended = _attended(site, (seen[0], seen[1], seen[2]), scale, f"head_{head}")
        bias = layer.output_dense.bias if layer.use_bias and head == 0 else None
        said.append(
            _dense(site, attended, output[head], bias, f"output_{head}" if layer.num_heads > 1 else "")
        )
    return site.add("Add", said, {}, shape=call.shape) if len(said) > 1 else said[0]


def _dense(site: Site, x: Tensor, kernel: np.ndarray, bias: Weight | None, role: str) -> Tensor:
    config = {"units": kernel.shape[1], "activation": "linear", "use_bias": bias is not None}
    weights = [("kernel", kernel), *([("bias", bias)] if bias is not None else [])]
    return site.add("Dense", x, config, shape=(*x.shape[:-1], kernel.shape[1]), weights=weights, role=role)
