"""What a graph computes the same way every time is computed here, once: constants, shapes, reshapes to what is there.

Arithmetic on floating point constants is done in double precision, which keeps folded BatchNorm statistics exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.conversion.graph.nodes import Graph, Node, python_value

# A result that is larger than what it is made from, and than this, is left to the runtime: a file is no place for it.
_LARGE = 4096
# More numbers than this in a vector of integers are data, not a shape.
_SHAPE_LIKE = 64
_NEVER = {"Placeholder", "Const", "Switch", "Merge", "Enter", "Exit", "NextIteration", "LoopCond"}
_ROUNDS = 10

Numbers = np.ndarray
_EXACT: dict[str, Callable[..., Numbers]] = {
    "Add": np.add,
    "AddV2": np.add,
    "BiasAdd": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "RealDiv": np.divide,
    "Maximum": np.maximum,
    "Minimum": np.minimum,
    "Neg": np.negative,
    "Sqrt": np.sqrt,
    "Square": np.square,
    "Rsqrt": lambda x: 1 / np.sqrt(x),
    "Reciprocal": lambda x: 1 / x,
    "Reshape": lambda x, shape: x.reshape(shape),
    "ExpandDims": lambda x, axis: np.expand_dims(x, int(axis)),
    "Transpose": np.transpose,
}


def fold(graph: Graph) -> None:
    """Fold constants and shapes until nothing is left to fold."""
    for node in graph:
        handed_on = node.op in ("Identity", "Snapshot", "EnsureShape")
        # TF.js sees what lies outside a loop from within: at the second turn, it would miss what had to enter.
        handed_on |= node.op == "Enter" and node.attr["is_constant"].b
        if handed_on and graph.source(node.inputs[0]).op != "Switch":
            graph.replace(node.name, node.inputs[0])
    graph.settle()
    for _ in range(_ROUNDS):
        _shapes(graph)
        changed = graph.settle()
        _constants(graph)
        changed |= graph.settle()
        _simplify(graph)
        changed |= graph.settle()
        if not changed:
            break
    graph.infer()


def _shapes(graph: Graph) -> None:
    """Replace what depends on static shapes alone by its value."""
    from tensorflow.python.framework import tensor_util

    for operation in graph.infer().get_operations():
        node = graph.nodes[operation.name]
        if node.op in _NEVER:
            continue
        for tensor in operation.outputs:
            small = tensor.shape.rank in (0, 1) and (tensor.shape.num_elements() or 0) <= _SHAPE_LIKE
            if small and tensor.dtype.is_integer:
                value = tensor_util.constant_value(tensor)
                value = _sizes(operation, tensor) if value is None else value
                if value is not None:
                    name = tensor.name.removesuffix(":0")
                    dtype = tensor.dtype.as_numpy_dtype
                    graph.replace(name, graph.constant(value, f"{operation.name}/value", dtype))
        if node.op == "Reshape" and node.inputs[1] not in graph.values:
            sizes = operation.outputs[0].shape
            if sizes.rank is not None and sizes.as_list().count(None) <= 1 and 0 not in sizes.as_list():
                target = [-1 if size is None else size for size in sizes.as_list()]
                node.inputs[1] = graph.constant(target, f"{node.name}/shape", np.int32)


def _sizes(operation: Any, tensor: Any) -> Any:
    """The value of a tensor that picks known sizes out of a shape whose others may be unknown; None for any other."""
    from tensorflow.python.framework import tensor_util

    if operation.type != "StridedSlice" or operation.inputs[0].shape.rank != 1:
        return None
    sizes = tensor_util.constant_value_as_shape(operation.inputs[0])
    where = [tensor_util.constant_value(part) for part in operation.inputs[1:]]
    if sizes.rank is None or any(part is None for part in where):
        return None
    begin, end, step = (int(part[0]) for part in where)
    if operation.get_attr("shrink_axis_mask"):
        return sizes.as_list()[begin]
    first = None if operation.get_attr("begin_mask") else begin
    last = None if operation.get_attr("end_mask") else end
    picked = sizes.as_list()[first:last:step]
    return None if None in picked else picked


def _constants(graph: Graph) -> None:
    """Compute all nodes that take constants alone."""
    progress = True
    while progress:
        progress = False
        for node in graph:
            if node.op in _NEVER or not node.inputs or not all(name in graph.values for name in node.inputs):
                continue
            if getattr(graph.dtypes.get(node.name), "name", "") == "variant":
                continue
            arrays = [graph.values[name] for name in node.inputs]
            results = _computed(node, arrays)
            grown = sum(result.size for result in results) > max(_LARGE, 2 * sum(a.size for a in arrays))
            if grown or any(result.dtype.kind not in "fiub" for result in results):
                continue
            progress = True
            del graph.nodes[node.name]
            if len(results) == 1:
                # Under its own name, so that all who take it need not be told.
                dtype = _kind(graph, node.name, results[0])
                name = graph.constant(results[0], node.name)
                graph.nodes[name].attr["dtype"] = dtype
                continue
            for index, result in enumerate(results):
                old = f"{node.name}:{index}" if index else node.name
                graph.replace(old, graph.constant(result, f"{node.name}/part_{index}"))
        graph_changed = bool(graph._aliases)
        graph.settle()
        progress |= graph_changed


def _kind(graph: Graph, tensor: str, result: Numbers) -> Any:
    from course_utils.conversion.graph.nodes import attribute

    known = graph.dtypes.get(tensor)
    if known is not None:
        return attribute(known)
    import tensorflow as tf

    return attribute(tf.float32 if result.dtype.kind == "f" else tf.as_dtype(result.dtype))


def _computed(node: Node, arrays: Sequence[Numbers]) -> list[Numbers]:
    """The outputs of a node for constant inputs."""
    if node.op in _EXACT and arrays[0].dtype.kind == "f":
        with np.errstate(all="ignore"):
            return [np.asarray(_EXACT[node.op](arrays[0].astype(np.float64), *arrays[1:]))]
    from tensorflow.python.eager import context, execute
    from tensorflow.python.framework import op_def_registry

    definition = op_def_registry.get(node.op)
    attributes: list[Any] = []
    for wanted in definition.attr:
        if wanted.name in node.attr:
            attributes += [wanted.name, python_value(node.attr[wanted.name])]
    count = 0
    for output in definition.output_arg:
        if output.type_list_attr:
            count += len(node.attr[output.type_list_attr].list.type)
        else:
            count += node.attr[output.number_attr].i if output.number_attr else 1
    single = [array.astype(np.float32) if array.dtype == np.float64 else array for array in arrays]
    import tensorflow as tf

    tensors = [tf.constant(array) for array in single]
    results = execute.quick_execute(node.op, count, tensors, tuple(attributes), context.context())
    return [result.numpy() for result in results]


def _simplify(graph: Graph) -> None:
    """Drop nodes that give back what they are given."""
    for node in graph:
        shape, given = graph.shape(node.name), graph.shape(node.inputs[0]) if node.inputs else None
        if node.op == "Reshape":
            inner = graph.source(node.inputs[0])
            if inner.op == "Reshape":
                node.inputs[0] = inner.inputs[0]
                given = graph.shape(node.inputs[0])
            if shape is not None and shape == given and shape.count(None) <= 1:
                graph.replace(node.name, node.inputs[0])
        elif node.op == "Transpose":
            _transpose(graph, node)
        elif node.op == "Cast":
            if graph.dtypes.get(node.name) == graph.dtypes.get(node.inputs[0]) is not None:
                graph.replace(node.name, node.inputs[0])
        elif node.op in _NEUTRAL and shape is not None and None not in shape[1:]:
            _neutral(graph, node)
        elif node.op == "BroadcastTo" and shape is not None and shape == given and None not in shape:
            graph.replace(node.name, node.inputs[0])


def _transpose(graph: Graph, node: Node) -> None:
    order = graph.value(node.inputs[1])
    inner = graph.source(node.inputs[0])
    if order is None:
        return
    if list(order) == list(range(len(order))):
        graph.replace(node.name, node.inputs[0])
    elif inner.op == "Transpose" and graph.value(inner.inputs[1]) is not None:
        combined = graph.value(inner.inputs[1])[order]
        node.inputs = [inner.inputs[0], graph.constant(combined, f"{node.name}/perm", np.int32)]


# The number that leaves its partner as it is; on which side it may stand.
_NEUTRAL = {
    "AddV2": (0, (0, 1)),
    "Add": (0, (0, 1)),
    "Mul": (1, (0, 1)),
    "Sub": (0, (1,)),
    "RealDiv": (1, (1,)),
}


def _neutral(graph: Graph, node: Node) -> None:
    number, sides = _NEUTRAL[node.op]
    for side in sides:
        value, other = graph.value(node.inputs[side]), node.inputs[1 - side]
        if value is not None and graph.shape(other) == graph.shape(node.name) and np.all(value == number):
            graph.replace(node.name, other)
            return
