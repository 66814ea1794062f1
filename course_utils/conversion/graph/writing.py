"""model.json and its shards, as `tf.loadGraphModel` reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from course_utils.conversion.formats import MAIN_FILE, TFJS_GRAPH
from course_utils.conversion.graph.freezing import Port
from course_utils.conversion.graph.nodes import Graph
from course_utils.conversion.shards import write_weights


def write_graph(graph: Graph, folder: Path, quantize: str = "none") -> tuple[Path, ...]:
    """Write a finished graph into `folder`; returns the files."""
    share_constants(graph)
    folder.mkdir(parents=True, exist_ok=True)
    manifest = write_weights(graph.values.items(), folder, quantize)
    import tensorflow as tf

    description = {
        "format": "graph-model",
        "generatedBy": tf.__version__,
        "convertedBy": f"course_utils {version('course_utils')}",
        "signature": {
            "inputs": _signature([(port, port.node) for port in graph.inputs]),
            "outputs": _signature(list(zip(graph.output_ports, graph.outputs, strict=True))),
        },
        "modelTopology": _topology(graph),
        "weightsManifest": manifest,
    }
    file = folder / MAIN_FILE[TFJS_GRAPH]
    file.write_text(json.dumps(description, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")
    return (file, *(folder / path for group in manifest for path in group["paths"]))


def share_constants(graph: Graph) -> None:
    """Keep one of all constants that are equal: the first by name, since TensorFlow's order differs from run to run."""
    import numpy as np

    first: dict[tuple[Any, ...], str] = {}
    for name, value in sorted(graph.values.items()):
        if value.dtype == np.float64:
            value = graph.values[name] = value.astype(np.float32)
        key = (str(value.dtype), value.shape, value.tobytes() if value.size <= 64 else hash(value.tobytes()))
        other = first.setdefault(key, name)
        if other != name and np.array_equal(graph.values[other], value, equal_nan=value.dtype.kind == "f"):
            graph.replace(name, other)
    graph.settle()


def _signature(ports: Sequence[tuple[Port, str]]) -> dict[str, Any]:
    import tensorflow as tf

    described: dict[str, Any] = {}
    for index, (port, tensor) in enumerate(ports):
        # JavaScript would put a key that is a number before all others.
        key = f"output_{index}" if port.name.isdigit() else port.name
        described[key] = {
            "name": tensor if ":" in tensor else f"{tensor}:0",
            "dtype": _DTYPES.get(port.dtype) or f"DT_{tf.as_dtype(port.dtype).name.upper()}",
            "tensorShape": {"dim": [{"size": str(-1 if size is None else size)} for size in port.shape]},
        }
    return described


# TF.js has numbers of 32 bits alone.
_DTYPES = {
    "bool": "DT_BOOL",
    **dict.fromkeys(("float16", "bfloat16", "float32", "float64"), "DT_FLOAT"),
    **dict.fromkeys(("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"), "DT_INT32"),
}


def _topology(graph: Graph) -> dict[str, Any]:
    from google.protobuf.json_format import MessageToDict

    nodes = []
    for node in graph.nodes.values():
        if node.op == "Const":
            nodes.append(_constant(graph, node.name))
            continue
        described: dict[str, Any] = {"name": node.name, "op": node.op}
        if node.inputs:
            described["input"] = node.inputs
        if node.attr:
            described["attr"] = {key: MessageToDict(value) for key, value in sorted(node.attr.items())}
        nodes.append(described)
    return {"node": nodes, "library": {}, "versions": MessageToDict(graph.versions)}


def _constant(graph: Graph, name: str) -> dict[str, Any]:
    """A constant's node; its numbers are in the shards, under its name."""
    value = graph.values[name]
    dtype = {"f": "DT_FLOAT", "i": "DT_INT32", "b": "DT_BOOL"}[value.dtype.kind]
    shape = {"dim": [{"size": str(size)} for size in value.shape]} if value.ndim else {}
    return {
        "name": name,
        "op": "Const",
        "attr": {"dtype": {"type": dtype}, "value": {"tensor": {"dtype": dtype, "tensorShape": shape}}},
    }
