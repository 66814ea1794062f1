"""A graph made fit for TF.js: numbers that it has, operations that all its backends have."""

from __future__ import annotations

from course_utils.conversion.graph.folding import fold
from course_utils.conversion.graph.fusing import fuse
from course_utils.conversion.graph.nodes import Graph
from course_utils.conversion.graph.rewriting import rewrite


def prepare(graph: Graph) -> None:
    """Carry out all passes, in place."""
    narrow(graph)
    fold(graph)
    if rewrite(graph):
        fold(graph)
    fuse(graph)
    name_outputs(graph)


def narrow(graph: Graph) -> None:
    """Numbers of 64 and of 16 bits become those of 32 that TF.js has."""
    import numpy as np
    import tensorflow as tf

    narrower = {
        tf.int64: tf.int32,
        tf.uint32: tf.int32,
        tf.int16: tf.int32,
        tf.uint16: tf.int32,
        tf.int8: tf.int32,
        tf.uint8: tf.int32,
        tf.float64: tf.float32,
        tf.float16: tf.float32,
        tf.bfloat16: tf.float32,
    }
    enums = {old.as_datatype_enum: new.as_datatype_enum for old, new in narrower.items()}

    def narrowed(attributes: dict) -> None:
        for value in attributes.values():
            if value.WhichOneof("value") == "type":
                value.type = enums.get(value.type, value.type)
            elif value.WhichOneof("value") == "list":
                for index, kind in enumerate(value.list.type):
                    value.list.type[index] = enums.get(kind, kind)

    for node in graph:
        narrowed(node.attr)
        if node.op == "Const":
            value = graph.values[node.name]
            if value.dtype.kind in "iu" and value.dtype != np.int32:
                limits = np.iinfo(np.int32)
                graph.values[node.name] = np.clip(value, limits.min, limits.max).astype(np.int32)


def name_outputs(graph: Graph) -> None:
    """Give each output a node of its own: TF.js asks for outputs by the name of their node."""
    seen: set[str] = set()
    for index, tensor in enumerate(graph.outputs):
        node = graph.source(tensor)
        if ":" in tensor or node.op in ("Const", "Placeholder") or node.name in seen:
            kind = graph.dtypes[tensor]
            graph.outputs[index] = graph.add("Identity", [tensor], f"output_{index}", T=kind)
        seen.add(graph.outputs[index].split(":")[0])
