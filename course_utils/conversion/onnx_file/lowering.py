"""What tf2onnx has no counterpart for, or gets wrong, and how it can be said otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course_utils.conversion.tensor_lists import Nodes

if TYPE_CHECKING:
    from course_utils.conversion.graph.freezing import Frozen


def without_missing(frozen: Frozen) -> Any:
    """The frozen graph in operations that tf2onnx knows: Erfc is 1 - Erf (GELU), Expm1 is Exp - 1 (CELU)."""
    import tensorflow as tf

    graph = tf.compat.v1.GraphDef()
    graph.CopyFrom(frozen.graph_def)
    owners = [(graph, False), *((function, True) for function in graph.library.function)]
    for owner, is_function in owners:
        nodes = Nodes(owner, is_function)
        for node in list(nodes.list):
            if node.op in ("Erfc", "Expm1"):
                _subtracted(nodes, node)
    return graph


def _subtracted(nodes: Nodes, node: Any) -> None:
    import numpy as np
    import tensorflow as tf

    dtype = node.attr["T"].type
    nodes.prefix = f"{node.name}/parts"
    one = nodes.constant(np.ones((), tf.as_dtype(dtype).as_numpy_dtype))
    value = nodes.add("Erf" if node.op == "Erfc" else "Exp", "y", list(node.input[:1]), T=dtype)
    terms = [one, value] if node.op == "Erfc" else [value, one]
    # Both operations and Sub call their output differently, which matters within a function.
    if nodes.is_function:
        nodes.rename(f"{node.name}:y:0", f"{node.name}:z:0")
    node.op = "Sub"
    del node.input[:]
    node.input.extend(terms)


def repair(graph: Any) -> None:
    """Mend tf2onnx' graph: sizes that a scale cannot say exactly, and padding that ONNX calls otherwise."""
    for node in list(graph.get_nodes()):
        if node.type == "Resize":
            _resize_by_size(graph, node)
        elif node.type == "ConvTranspose":
            _pad_output(node)
        for body in (node.get_body_graphs() or {}).values():
            repair(body)


def _resize_by_size(graph: Any, node: Any) -> None:
    """A picture of 9 rows scaled by 5/9 has 4 rows in float32, not 5: say the rows instead."""
    import numpy as np

    shape = graph.get_shape(node.output[0])
    if len(node.input) != 3 or not shape or len(shape) != 4 or min(shape[2:]) < 1:
        return
    if shape[1] < 1 or (channels := graph.get_shape(node.input[0])) is None or channels[1] != shape[1]:
        return
    name = node.name
    size = graph.make_node("Shape", [node.input[0]], name=f"{name}/shape")
    start = graph.make_const(f"{name}/start", np.array([0], np.int64))
    end = graph.make_const(f"{name}/end", np.array([1], np.int64))
    batch = graph.make_node("Slice", [size.output[0], start.output[0], end.output[0]], name=f"{name}/batch")
    rest = graph.make_const(f"{name}/rest", np.array(shape[1:], np.int64))
    sizes = graph.make_node(
        "Concat", [batch.output[0], rest.output[0]], attr={"axis": 0}, name=f"{name}/sizes"
    )
    graph.replace_inputs(node, [node.input[0], "", "", sizes.output[0]])


def _pad_output(node: Any) -> None:
    """Where the stride is larger than the kernel the output has gaps at its end, which are no negative padding."""
    if node.get_attr("pads") is None:
        return
    pads = list(node.get_attr("pads").ints)
    half = len(pads) // 2
    missing = [-min(pads[axis] + pads[axis + half], 0) for axis in range(half)]
    if not any(missing):
        return
    for axis in range(half):
        if missing[axis]:
            pads[axis] = pads[axis + half] = 0
    node.set_attr("pads", pads)
    node.set_attr("output_padding", missing)
