"""What TF.js could not run is refused before anything is written."""

from __future__ import annotations

from course_utils.conversion.graph.freezing import Frozen, layer_of
from course_utils.conversion.graph.nodes import Graph
from course_utils.conversion.graph.ops import missing
from course_utils.errors import CourseError

_STRINGS = {"AsString", "StringToHashBucketFast", "StringSplit", "StringJoin", "StringLower", "StringUpper"}
_TABLES = {
    "HashTableV2",
    "LookupTableFindV2",
    "LookupTableImportV2",
    "LookupTableSizeV2",
    "MutableHashTableV2",
}
_DYNAMIC = {"Switch", "Merge", "Enter", "Exit", "Where"} | {f"NonMaxSuppressionV{i}" for i in (2, 3, 4, 5)}
# Known to every backend, and wrong on one: found beside TensorFlow, with TF.js 4.22.
_WRONG = {"Dilation2D": "wasm", "MaxPool3D": "wasm", "MaxPoolWithArgmax": "wasm"}
_NEEDS_NHWC = {
    *("Conv2D", "DepthwiseConv2dNative", "Conv2DBackpropInput", "Conv3D"),
    *("MaxPool", "AvgPool", "MaxPool3D", "AvgPool3D", "DepthToSpace", "FusedBatchNormV3"),
}


def check(graph: Graph) -> None:
    """Raise CourseError, naming the layer where it is known, for what some backend of TF.js cannot run."""
    for port in (*graph.inputs, *graph.output_ports):
        if port.dtype in ("string", "variant", "resource", "complex64", "complex128"):
            raise CourseError(
                f"{port.name} is of type {port.dtype}, which TF.js models cannot take or give: "
                "turn it into numbers before the model."
            )
    for node in graph:
        name = node.name
        _check_op(graph, name, node.op)
        layout = node.attr["data_format"].s.decode() if "data_format" in node.attr else ""
        if node.op in _NEEDS_NHWC and layout.startswith("NC"):
            raise CourseError(
                f"{_who(graph, name)} has its channels first, which TF.js' WASM backend cannot: "
                "build it with data_format='channels_last'."
            )


def check_precision(frozen: Frozen) -> None:
    """Raise CourseError where a model computes in 16 bits: TF.js has 32, and would give other numbers."""
    import tensorflow as tf

    halves = {tf.float16.as_datatype_enum: "float16", tf.bfloat16.as_datatype_enum: "bfloat16"}
    for node in frozen.graph_def.node:
        kind = node.attr["T"].type if "T" in node.attr else 0
        if kind in halves:
            layer = layer_of(node.name, frozen.layers)
            raise CourseError(
                f"{f'Layer {layer}' if layer else 'The model'} computes in {halves[kind]}, and TF.js in float32: "
                "build the model with the dtype policy float32 and load the same weights."
            )


def _check_op(graph: Graph, name: str, op: str) -> None:
    if op in _TABLES or op in _STRINGS:
        raise CourseError(
            f"{_who(graph, name)} works on text or looks words up in a table ({op}), which TF.js cannot: "
            "do that before the model, and give the model numbers."
        )
    absent = (_WRONG[op],) if op in _WRONG else missing(op)
    if absent is None:
        raise CourseError(
            f"{_who(graph, name)} needs the operation {op}, which TF.js does not have: "
            "build it from others, or take --to onnx or --to litert."
        )
    if absent:
        backends = " and ".join(backend.upper().replace("WEBGL", "WebGL") for backend in absent)
        wrong = "computes wrongly" if op in _WRONG else "does not have"
        raise CourseError(
            f"{_who(graph, name)} needs the operation {op}, which TF.js' {backends} backend {wrong}: "
            "build it from others, or take --to onnx or --to litert."
        )


def dynamic(graph: Graph) -> bool:
    """Whether the model has loops, branches or sizes that make TF.js ask for `executeAsync`."""
    return any(node.op in _DYNAMIC for node in graph)


def _who(graph: Graph, node: str) -> str:
    layer = layer_of(node, graph.layers)
    return f"Layer {layer}" if layer else f"The model (in {node})"
