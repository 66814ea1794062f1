"""Images with their channels first, which TF.js' WASM backend cannot take: transposed to channels last and back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.conversion.graph.nodes import Graph, Node, attribute

#: Operations that know where the channels are.
SPATIAL = ("AvgPool", "AvgPool3D", "BiasAdd", "DepthwiseConv2dNative", "MaxPool", "MaxPool3D")
# Attributes with a number for each axis.
_BY_AXIS = ("strides", "ksize", "dilations")


def first(then: Callable[[Graph, Node], str | None]) -> Callable[[Graph, Node], str | None]:
    """A rewrite that moves the channels last where they are not; where they are, `then`."""

    def make(graph: Graph, node: Node) -> str | None:
        return channels_last(graph, node) or then(graph, node)

    return make


def channels_last(graph: Graph, node: Node) -> str | None:
    """The same operation between two transpositions, which cancel with those of its neighbours."""
    layout = node.attr["data_format"].s if "data_format" in node.attr else b""
    shape = graph.shape(node.name)
    if not layout.startswith(b"NC") or shape is None:
        return None
    rank = len(shape)
    to_last, to_first = [0, *range(2, rank), 1], [0, rank - 1, *range(1, rank - 1)]
    inputs = list(node.inputs)
    image = 2 if node.op in ("Conv2DBackpropInput", "Conv3DBackpropInputV2") else 0
    inputs[image] = _transposed(graph, inputs[image], to_last, f"{node.name}/last")
    if image == 2:
        sizes = graph.value(inputs[0])
        if sizes is None:
            order = graph.constant(np.asarray(to_last, np.int32), f"{node.name}/order")
            axis = graph.constant(0, f"{node.name}/axis", np.int32)
            kinds = {"Tparams": graph.dtypes[inputs[0]], "Tindices": graph.dtypes[order]}
            inputs[0] = graph.add(
                "GatherV2", [inputs[0], order, axis], f"{node.name}/sizes", Taxis=graph.dtypes[axis], **kinds
            )
        else:
            inputs[0] = graph.constant(sizes[to_last], f"{node.name}/sizes")
    attributes = dict(node.attr)
    for key in _BY_AXIS:
        if key in attributes and len(attributes[key].list.i) == rank:
            numbers = list(attributes[key].list.i)
            attributes[key] = attribute([numbers[axis] for axis in to_last])
    explicit = list(attributes["explicit_paddings"].list.i) if "explicit_paddings" in attributes else []
    if explicit:
        pairs = np.asarray(explicit).reshape(rank, 2)[to_last]
        attributes["explicit_paddings"] = attribute([int(number) for number in pairs.reshape(-1)])
    # A bias has one axis, and TensorFlow calls the last one so whatever the rank.
    attributes["data_format"] = attribute("NDHWC" if rank == 5 and node.op != "BiasAdd" else "NHWC")
    made = graph.add(node.op, inputs, f"{node.name}/channels_last", **attributes)
    graph.dtypes[made] = graph.dtypes[node.name]
    return _transposed(graph, made, to_first, f"{node.name}/channels_first")


def _transposed(graph: Graph, tensor: str, order: list[int], name: str) -> str:
    import tensorflow as tf

    perm = graph.constant(np.asarray(order, np.int32), f"{name}/perm")
    kind = graph.dtypes.get(tensor, tf.float32)
    made = graph.add("Transpose", [tensor, perm], name, T=kind, Tperm=tf.int32)
    graph.dtypes[made] = kind
    return made
