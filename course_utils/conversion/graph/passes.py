"""A graph made fit for TF.js: numbers that it has, operations that all its backends have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course_utils.conversion.graph.folding import fold
from course_utils.conversion.graph.fusing import fuse
from course_utils.conversion.graph.nodes import Graph, Node
from course_utils.conversion.graph.rewriting import rewrite

if TYPE_CHECKING:
    import numpy as np

_ROUNDS = 4


def prepare(graph: Graph) -> None:
    """Carry out all passes, in place."""
    narrow(graph)
    fold(graph)
    # What a rewrite makes may have to be rewritten itself: a convolution with its channels first, and in groups.
    for _ in range(_ROUNDS):
        if not rewrite(graph):
            break
        fold(graph)
    fuse(graph)
    name_outputs(graph)


def narrow(graph: Graph) -> None:
    """Numbers of 64 and of 16 bits become those of 32 that TF.js has."""
    import tensorflow as tf

    enums = {
        getattr(tf, old).as_datatype_enum: getattr(tf, new).as_datatype_enum for old, new in _NARROWER.items()
    }
    for node in graph:
        _narrow_attributes(node.attr, enums)
        if node.op == "Const":
            graph.values[node.name] = _narrow(graph.values[node.name])


_NARROWER = {
    **dict.fromkeys(("int64", "uint64", "uint32", "int16", "uint16", "int8", "uint8"), "int32"),
    **dict.fromkeys(("float64", "float16", "bfloat16"), "float32"),
}


def _narrow_attributes(attributes: Any, enums: dict[int, int]) -> None:
    for value in attributes.values():
        if value.WhichOneof("value") == "type":
            value.type = enums.get(value.type, value.type)
        elif value.WhichOneof("value") == "list":
            value.list.type[:] = [enums.get(kind, kind) for kind in value.list.type]


def _narrow(value: np.ndarray) -> np.ndarray:
    import numpy as np

    if value.dtype.kind in "iu" and value.dtype != np.int32:
        limits = np.iinfo(np.int32)
        return np.clip(value, limits.min, limits.max).astype(np.int32)
    return value.astype(np.float32) if value.dtype.kind == "f" else value


def name_outputs(graph: Graph) -> None:
    """Give each output a node of its own: TF.js asks for outputs by the name of their node."""
    seen: set[str] = set()
    for index, tensor in enumerate(graph.outputs):
        node = graph.source(tensor)
        if _is_disguised(graph, node):
            import numpy as np

            zero = graph.constant(0, f"output_{index}/zero", np.float32)
            graph.outputs[index] = graph.add("AddV2", [tensor, zero], f"output_{index}", T=graph.dtypes[zero])
        elif ":" in tensor or node.op in ("Const", "Placeholder") or node.name in seen:
            kind = graph.dtypes[tensor]
            graph.outputs[index] = graph.add("Identity", [tensor], f"output_{index}", T=kind)
        seen.add(graph.outputs[index].split(":")[0])


# What gives the same numbers another shape.
_VIEWS = {"Reshape", "ExpandDims", "Squeeze", "Identity"}


def _is_disguised(graph: Graph, node: Node) -> bool:
    """Whether TF.js' CPU backend would hand out floats as an array of integers: its Cast leaves them as they are."""
    while node.op in _VIEWS:
        node = graph.source(node.inputs[0])
    return node.op == "Cast" and graph.dtypes[node.name].name == "float32"
