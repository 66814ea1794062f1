"""Fewer, larger nodes: scales and offsets folded into the layer before them, activations fused into it.

A convolution followed by BatchNorm computes what one with other weights does. The weights are computed in double
precision. The fused operations are those that the CPU, WASM and WebGL backends of TF.js all have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from course_utils.conversion.graph.nodes import Graph, Node, attribute

# What each linear operation takes as weights: the axis of them that the output's channels lie along.
_CHANNEL_AXES = {
    "Conv2D": (3,),
    "Conv3D": (4,),
    "DepthwiseConv2dNative": (2, 3),
    "MatMul": (1,),
    "Conv2DBackpropInput": (2,),
}
_FUSED = {
    "Conv2D": "_FusedConv2D",
    "DepthwiseConv2dNative": "FusedDepthwiseConv2dNative",
    "MatMul": "_FusedMatMul",
}
# Every backend of TF.js fuses these; it also knows LeakyRelu and Prelu, whose slope would need a place of its own.
_ACTIVATIONS = {"Relu", "Relu6", "Elu", "Sigmoid"}
_LARGEST = float(np.finfo(np.float32).max)


@dataclass
class _Chain:
    """A linear node and the scales and offsets by constants after it: in all, `linear * scale + offset`."""

    linear: Node
    scale: np.ndarray
    offset: np.ndarray
    nodes: list[Node] = field(default_factory=list)


def fuse(graph: Graph) -> None:
    """Fold scales and offsets into linear nodes, then fuse bias and activation into them."""
    graph.infer()
    _fold_scales(graph)
    graph.settle()
    graph.infer()
    _fuse_activations(graph)
    graph.settle()


def _fold_scales(graph: Graph) -> None:
    users = graph.users()
    chains = [chain for node in graph if (chain := _chain(graph, node, users)) is not None]
    by_weights: dict[str, list[_Chain]] = {}
    for chain in chains:
        by_weights.setdefault(chain.linear.inputs[_weights_input(chain.linear)], []).append(chain)
    for weights, sharing in by_weights.items():
        first = sharing[0]
        # Weights that several nodes share are scaled if all of them scale alike: otherwise each had its own copy.
        alike = len(sharing) == len(users[weights]) and all(
            chain.linear.op == first.linear.op and np.array_equal(chain.scale, first.scale)
            for chain in sharing
        )
        if not alike:
            sharing = [chain for chain in sharing if np.all(chain.scale == 1)]
            if not sharing:
                continue
            first = sharing[0]
        scaled = _scaled(graph, first)
        if scaled is None:
            continue
        offsets: dict[bytes, str] = {}
        for chain in sharing:
            chain.linear.inputs[_weights_input(chain.linear)] = scaled
            _add_offset(graph, chain, offsets)


def _weights_input(node: Node) -> int:
    return 1


def _chain(graph: Graph, node: Node, users: dict[str, list[Node]]) -> _Chain | None:
    """What follows a linear node whose weights are known, as far as it only scales and shifts its channels."""
    shape = graph.shape(node.name)
    if node.op not in _CHANNEL_AXES or shape is None or shape[-1] is None:
        return None
    weights = graph.value(node.inputs[_weights_input(node)])
    if weights is None or not _last_is_channel(node):
        return None
    chain = _Chain(node, np.ones(shape[-1]), np.zeros(shape[-1]))
    tensor = node.name
    while len(users.get(tensor, [])) == 1:
        following = users[tensor][0]
        step = _affine(graph, following, tensor, shape[-1])
        if step is None or graph.shape(following.name) != shape:
            break
        scale, offset = step
        with np.errstate(all="ignore"):
            chain.scale, chain.offset = chain.scale * scale, chain.offset * scale + offset
        chain.nodes.append(following)
        tensor = following.name
    return chain if chain.nodes else None


def _last_is_channel(node: Node) -> bool:
    if node.op == "MatMul":
        return not node.attr["transpose_b"].b
    return node.attr["data_format"].s in (b"NHWC", b"NDHWC", b"")


def _affine(graph: Graph, node: Node, tensor: str, channels: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Scale and offset for each channel, where `node` applies constants of that form to `tensor`."""
    if node.op not in ("AddV2", "Add", "BiasAdd", "Sub", "Mul", "RealDiv") or len(node.inputs) != 2:
        return None
    side = node.inputs.index(tensor)
    constant = graph.value(node.inputs[1 - side])
    rank = len(graph.shape(tensor) or ())
    if constant is None or constant.dtype.kind != "f" or constant.ndim > rank:
        return None
    if constant.size not in (1, channels) or (constant.size > 1 and constant.shape[-1] != channels):
        return None
    value = np.broadcast_to(constant.reshape(-1).astype(np.float64), (channels,))
    one, zero = np.ones(channels), np.zeros(channels)
    if node.op in ("AddV2", "Add", "BiasAdd"):
        return one, value
    if node.op == "Mul":
        return value, zero
    if node.op == "Sub":
        return (one, -value) if side == 0 else (-one, value)
    return (1 / value, zero) if side == 0 and np.all(value != 0) else None


def _scaled(graph: Graph, chain: _Chain) -> str | None:
    """The weights with the chain's scale in them, or None where float32 could not hold them."""
    name = chain.linear.inputs[_weights_input(chain.linear)]
    weights = graph.values[name]
    if np.all(chain.scale == 1):
        return name
    axes = _CHANNEL_AXES[chain.linear.op]
    shape = [size if axis in axes else 1 for axis, size in enumerate(weights.shape)]
    scaled = weights.astype(np.float64) * chain.scale.reshape(shape)
    for values in (scaled, chain.offset):
        if not np.all(np.abs(values) < _LARGEST):
            return None
    return graph.constant(scaled.astype(np.float32), f"{name}/scaled")


def _add_offset(graph: Graph, chain: _Chain, offsets: dict[bytes, str]) -> None:
    """Put the chain's offset, if any, in place of its nodes."""
    last = chain.nodes[-1].name
    result = chain.linear.name
    if np.any(chain.offset != 0):
        key = chain.offset.tobytes()
        if key not in offsets:
            offsets[key] = graph.constant(chain.offset, f"{last}/offset")
        op = "BiasAdd" if chain.linear.op != "Conv3D" else "AddV2"
        attributes = {"T": chain.linear.attr["T"]}
        if op == "BiasAdd":
            attributes["data_format"] = attribute("NHWC")
        result = graph.add(op, [result, offsets[key]], f"{last}/biased", **attributes)
    graph.replace(last, result)


def _fuse_activations(graph: Graph) -> None:
    users = graph.users()
    for node in graph:
        if node.op in _FUSED and (node.op == "MatMul" or _last_is_channel(node)):
            _fuse_one(graph, node, users)


def _fuse_one(graph: Graph, node: Node, users: dict[str, list[Node]]) -> None:
    """Fuse what follows a linear node into it: a bias, an activation, or both."""
    parts: list[str] = []
    extra: list[str] = []
    tensor = node.name
    for following in _only_users(users, tensor):
        # Constant: WASM looks at the shape that the bias' numbers had before they were reshaped.
        biased = following.op == "BiasAdd" and following.inputs[0] == tensor
        if biased and not parts and graph.value(following.inputs[1]) is not None:
            parts.append("BiasAdd")
            extra.append(following.inputs[1])
        elif following.op in _ACTIVATIONS and parts:
            parts.append(following.op)
            tensor = following.name
            break
        else:
            break
        tensor = following.name
    if not parts:
        return
    kept = {key: value for key, value in node.attr.items() if key in _KEPT}
    made = graph.add(
        _FUSED[node.op],
        [*node.inputs[:2], *extra],
        f"{node.name}/fused",
        **kept,
        fused_ops=parts,
        num_args=len(extra),
        epsilon=0.0,
        leakyrelu_alpha=0.2,
    )
    graph.replace(tensor, made)


_KEPT = (
    "T",
    "strides",
    "padding",
    "explicit_paddings",
    "data_format",
    "dilations",
    "transpose_a",
    "transpose_b",
)


def _only_users(users: dict[str, list[Node]], tensor: str) -> Iterator[Node]:
    """The chain of nodes that each are the only one to take what the one before gives."""
    while len(users.get(tensor, [])) == 1:
        following = users[tensor][0]
        yield following
        tensor = following.name
