"""What tf2onnx has no counterpart for, or gets wrong, and how it can be said otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from course_utils.conversion.graph.freezing import layer_of
from course_utils.conversion.tensor_lists import Nodes
from course_utils.errors import CourseError

if TYPE_CHECKING:
    from course_utils.conversion.graph.freezing import Frozen


def without_missing(frozen: Frozen) -> Any:
    """The frozen graph in operations that tf2onnx knows: Erfc is 1 - Erf (GELU), Expm1 is Exp - 1 (CELU)."""
    import tensorflow as tf

    graph = tf.compat.v1.GraphDef()
    graph.CopyFrom(frozen.graph_def)
    _drop_unused_functions(graph)
    owners = [(graph, False), *((function, True) for function in graph.library.function)]
    for owner, is_function in owners:
        nodes = Nodes(owner, is_function)
        for node in list(nodes.list):
            if node.op in ("Erfc", "Expm1"):
                _subtracted(nodes, node)
    return graph


def _drop_unused_functions(graph: Any) -> None:
    """Functions that were inlined are still there, and tf2onnx converts all that it finds."""
    functions = {function.signature.name: function for function in graph.library.function}
    used: dict[str, Any] = {}
    frontier = list(graph.node)
    while frontier:
        for attribute in frontier.pop().attr.values():
            name = attribute.func.name
            if name in functions and name not in used:
                used[name] = functions[name]
                frontier.extend(functions[name].node_def)
    kept = list(used.values())
    del graph.library.function[:]
    graph.library.function.extend(kept)


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


def repair(graph: Any, layers: Sequence[str]) -> None:
    """Mend tf2onnx' graph: sizes that a scale cannot say exactly, and padding that ONNX calls otherwise."""
    for node in list(graph.get_nodes()):
        if node.type == "Resize":
            _resize_by_size(graph, node, layers)
        elif node.type == "ConvTranspose":
            _pad_output(node)
        for body in (node.get_body_graphs() or {}).values():
            repair(body, layers)


def _resize_by_size(graph: Any, node: Any, layers: Sequence[str]) -> None:
    """A picture of 9 rows scaled by 5/9 has 4 rows in float32, not 5: say the rows instead."""
    import numpy as np

    given = graph.get_shape(node.input[0])
    if len(node.input) != 3 or not node.inputs[2].is_const() or not given or len(given) != 4:
        return
    if min(given[1:]) < 1:
        return
    scales = node.inputs[2].get_tensor_value(as_list=False)
    channels, *rows_and_columns = np.round(scales[1:] * given[1:]).astype(np.int64).tolist()
    cubic = node.get_attr_value("mode") == b"cubic"
    source, name = node.input[0], node.name
    if cubic:
        if (scales % 1).any():
            # tf2onnx gives a new node, and leaves the old one's name to the Transpose behind it.
            behind = [reader.name for reader in graph.find_output_consumers(node.output[0])]
            layer = next(filter(None, (layer_of(name, layers) for name in behind)), None)
            raise CourseError(
                f"Layer {layer or node.name} resizes by 'bicubic', for which TensorFlow rounds where ONNX does not: "
                "use 'bilinear', 'nearest', or an integer factor."
            )
        # ONNX Runtime moves the Transpose in front of a Resize behind it, and cannot then interpolate by cubes. It
        # moves none past a Reshape: each channel of each picture becomes a picture.
        alone = graph.make_const(f"{name}/alone", np.array([-1, 1, *given[2:]], np.int64))
        source = graph.make_node("Reshape", [source, alone.output[0]], name=f"{name}/apart").output[0]
    size = graph.make_node("Shape", [source], name=f"{name}/shape")
    start = graph.make_const(f"{name}/start", np.array([0], np.int64))
    end = graph.make_const(f"{name}/end", np.array([1], np.int64))
    batch = graph.make_node("Slice", [size.output[0], start.output[0], end.output[0]], name=f"{name}/batch")
    rest = graph.make_const(f"{name}/rest", np.array([1 if cubic else channels, *rows_and_columns], np.int64))
    sizes = graph.make_node(
        "Concat", [batch.output[0], rest.output[0]], attr={"axis": 0}, name=f"{name}/sizes"
    )
    graph.replace_inputs(node, [source, "", "", sizes.output[0]])
    output = node.output[0]
    graph.set_shape(output, [-1, 1 if cubic else channels, *rows_and_columns])
    if cubic:
        whole = graph.make_const(f"{name}/whole", np.array([-1, channels, *rows_and_columns], np.int64))
        joined = graph.make_node(
            "Reshape", [output, whole.output[0]], name=f"{name}/joined", dtypes=[graph.get_dtype(output)]
        )
        graph.replace_all_inputs(
            output, joined.output[0], ops=[other for other in graph.get_nodes() if other is not joined]
        )


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
