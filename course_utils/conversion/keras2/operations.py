"""TensorFlow's own functions between the layers of a Keras 2 model, as layers and operations of Keras 3.

TensorFlow 2.4 to 2.15 saved them as TFOpLambda and SlicingOpLambda, which name the Python function and how it was
called; 2.0 to 2.3 as TensorFlowOpLayer, with the node of the graph.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from course_utils.conversion.keras2.calls import (
    ARGUMENTS,
    LISTS,
    ONE,
    REDUCTIONS,
    TWO,
    TYPES,
    Call,
    refusal,
    tensors_in,
)
from course_utils.conversion.keras2.parts import OPERATIONS, Part
from course_utils.conversion.keras2.values import mapping, text
from course_utils.errors import CourseError

# Python's functions, by the name they have under tf., and the names of their arguments: the operation of this module.
_FUNCTIONS: dict[str, tuple[str, str]] = {
    **{f"math.{name}": (name, "x y") for name in TWO},
    **{
        name: (name, "x y") for name in ("add", "subtract", "multiply", "divide", "maximum", "minimum", "pow")
    },
    "__operators__.add": ("add", "x y"),
    "math.truediv": ("divide", "x y"),
    "nn.bias_add": ("add", "value bias"),
    **{f"math.{name}": (name, "x") for name in ONE},
    **{f"math.{name}": (name, "x") for name in ("sigmoid", "tanh", "exp")},
    **{name: (name, "x") for name in ("abs", "negative", "sqrt", "square", "exp", "sigmoid", "tanh")},
    **{
        f"nn.{name}": (name, "features")
        for name in ("relu", "relu6", "elu", "selu", "softsign", "silu", "swish")
    },
    "nn.sigmoid": ("sigmoid", "x"),
    "nn.tanh": ("tanh", "x"),
    "nn.softplus": ("softplus", "features"),
    "math.softplus": ("softplus", "features"),
    "nn.gelu": ("gelu", "features approximate"),
    "nn.leaky_relu": ("leaky_relu", "features alpha"),
    "nn.softmax": ("softmax", "logits axis"),
    "nn.softmax_v2": ("softmax", "logits axis"),
    "math.softmax": ("softmax", "logits axis"),
    **{f"math.reduce_{name}": (name, "input_tensor axis keepdims") for name in REDUCTIONS},
    **{f"reduce_{name}": (name, "input_tensor axis keepdims") for name in REDUCTIONS},
    "concat": ("concat", "values axis"),
    "stack": ("stack", "values axis"),
    "math.add_n": ("add_n", "inputs"),
    "expand_dims": ("expand_dims", "input axis"),
    "compat.v1.expand_dims": ("expand_dims", "input axis dim"),
    "squeeze": ("squeeze", "input axis"),
    "compat.v1.squeeze": ("squeeze", "input axis squeeze_dims"),
    "reshape": ("reshape", "tensor shape"),
    "transpose": ("transpose", "a perm conjugate"),
    "compat.v1.transpose": ("transpose", "a perm conjugate"),
    "cast": ("cast", "x dtype"),
    "linalg.matmul": ("matmul", "a b transpose_a transpose_b"),
    "matmul": ("matmul", "a b transpose_a transpose_b"),
    "tile": ("tile", "input multiples"),
    "clip_by_value": ("clip", "t clip_value_min clip_value_max"),
    "identity": ("identity", "input"),
    "stop_gradient": ("identity", "input"),
    "__operators__.getitem": ("getitem", "value slice_spec"),
}
# The operations of TensorFlow's graphs, and which attribute stands for which further argument.
_NODES: dict[str, tuple[str, dict[str, str]]] = {
    **{name: ("add", {}) for name in ("Add", "AddV2", "BiasAdd")},
    "Sub": ("subtract", {}), "Mul": ("multiply", {}), "RealDiv": ("divide", {}), "Maximum": ("maximum", {}),
    "Minimum": ("minimum", {}), "Pow": ("pow", {}), "Abs": ("abs", {}), "Neg": ("negative", {}), "Log": ("log", {}),
    "Sqrt": ("sqrt", {}), "Square": ("square", {}), "Sin": ("sin", {}), "Cos": ("cos", {}), "Sign": ("sign", {}),
    "Floor": ("floor", {}), "Ceil": ("ceil", {}), "Reciprocal": ("reciprocal", {}), "Rsqrt": ("rsqrt", {}),
    "Relu": ("relu", {}), "Relu6": ("relu6", {}), "Elu": ("elu", {}), "Selu": ("selu", {}),
    "Softplus": ("softplus", {}), "Softsign": ("softsign", {}), "Sigmoid": ("sigmoid", {}), "Tanh": ("tanh", {}),
    "Exp": ("exp", {}), "Softmax": ("softmax", {}), "LeakyRelu": ("leaky_relu", {"alpha": "alpha"}),
    **{name: (name.lower(), {"keep_dims": "keepdims"}) for name in ("Mean", "Sum", "Max", "Min", "Prod")},
    "ConcatV2": ("concat", {}), "Pack": ("stack", {"axis": "axis"}), "AddN": ("add_n", {}),
    "ExpandDims": ("expand_dims", {}), "Squeeze": ("squeeze", {"squeeze_dims": "axis"}), "Reshape": ("reshape", {}),
    "Transpose": ("transpose", {}), "Cast": ("cast", {"DstT": "dtype"}), "Tile": ("tile", {}),
    "MatMul": ("matmul", {"transpose_a": "transpose_a", "transpose_b": "transpose_b"}),
    "BatchMatMulV2": ("matmul", {"adj_x": "transpose_a", "adj_y": "transpose_b"}),
    "Identity": ("identity", {}), "StopGradient": ("identity", {}), "StridedSlice": ("getitem", {}),
}  # fmt: skip


@dataclass(frozen=True)
class Node:
    """One use of a layer: its tensors, as Keras 3 refers to them, and what else it was called with."""

    tensors: list[Any]
    settings: dict[str, Any]
    names: list[str] | None = None  # where the tensors were a dictionary


def is_operation(class_name: str) -> bool:
    """Whether the file has a function of TensorFlow's here, not a layer."""
    return class_name in OPERATIONS


def made(
    kind: str, config: Any, part: Part, nodes: list[Node]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The layer or operation of Keras 3, and its nodes.

    Raises CourseError, naming the function, where Keras 3 has none that computes the same.
    """
    config = mapping(config, f"the layer {part.name}")
    calls = [
        _of_graph(config, part, node) if kind == "TensorFlowOpLayer" else _of_function(config, part, node)
        for node in nodes
    ]
    built = [Call(part, name, arguments).made() for name, arguments in calls]
    if not built or any(layer != built[0][0] for layer, _ in built):
        raise CourseError(
            f"The function {part.name} is used in several ways at once: build the model again with layers."
        )
    return [built[0][0]], [{"args": called, "kwargs": {}} for _, called in built]


def _of_function(config: dict[str, Any], part: Part, node: Node) -> tuple[str, dict[str, Any]]:
    function = text(config.get("function") or "__operators__.getitem", f"The function of {part.name}")
    if function not in _FUNCTIONS:
        raise refusal(part, f"tf.{function}")
    operation, names = _FUNCTIONS[function]
    known = names.split()
    if operation == "swish":
        operation = "silu"
    modern = dict(zip(known, ARGUMENTS[operation], strict=False))
    modern |= {"dim": "axis", "squeeze_dims": "axis"}  # as TensorFlow 1 called it
    arguments = {modern[known[0]]: node.tensors if operation in LISTS else node.tensors[0]}
    for key, value in node.settings.items():
        if key in known and (value is not None or modern[key] not in arguments):
            arguments[modern[key]] = value
        elif (
            key not in (*known, "name")
            and value not in (None, False)
            and (key, value) != ("data_format", "NHWC")
        ):
            raise refusal(part, f"tf.{function} with {key}")
    return operation, arguments


def _of_graph(config: dict[str, Any], part: Part, node: Node) -> tuple[str, dict[str, Any]]:
    definition = config.get("node_def")
    if isinstance(definition, str):
        try:
            definition = json.loads(definition)
        except ValueError as error:
            raise refusal(part, "a function saved as binary data") from error
    definition = mapping(definition, f"the layer {part.name}")
    kind = text(definition.get("op"), f"The function of {part.name}")
    if kind not in _NODES:
        raise refusal(part, f"TensorFlow's {kind[:60]}")
    operation, attributes = _NODES[kind]
    constants = mapping(config.get("constants") or {}, f"the layer {part.name}")
    tensors, values = iter(node.tensors), []
    for index in range(len(constants) + len(node.tensors)):
        values.append(constants[str(index)] if str(index) in constants else next(tensors, None))
    given = mapping(definition.get("attr") or {}, f"the layer {part.name}")
    if kind == "StridedSlice":
        return operation, {"x": values[0], "slices": _strides(values[1:], given, part)}
    names = ARGUMENTS[operation]
    if operation == "concat":
        arguments = {names[0]: values[:-1], "axis": values[-1]}
    elif operation in LISTS:
        arguments = {names[0]: values}
    else:
        arguments = dict(zip(names, values, strict=False))
    for attribute, name in attributes.items():
        if attribute in given:
            arguments[name] = _attribute(given[attribute])
    return operation, arguments


def _attribute(value: Any) -> Any:
    """The value of an attribute as protobuf's JSON has it."""
    kind, inner = next(iter(mapping(value, "an operation").items()), ("", None))
    if kind == "i":
        return int(inner)
    if kind == "list":
        return [int(item) for item in mapping(inner, "an operation").get("i", [])]
    return TYPES.get(inner) if kind == "type" else inner


def _strides(values: list[Any], attributes: dict[str, Any], part: Part) -> list[Any]:
    """The slices of a StridedSlice, whose masks say which of its numbers count."""

    def mask(name: str) -> int:
        return _attribute(attributes[name]) if name in attributes else 0

    if (
        len(values) != 3
        or not all(isinstance(each, list) for each in values)
        or mask("ellipsis_mask")
        or mask("new_axis_mask")
    ):
        raise refusal(part, "a slice")
    found: list[Any] = []
    for axis, (begin, end, step) in enumerate(zip(*values, strict=True)):
        if mask("shrink_axis_mask") >> axis & 1:
            found.append(begin)
            continue
        start = None if mask("begin_mask") >> axis & 1 else begin
        found.append({"start": start, "stop": None if mask("end_mask") >> axis & 1 else end, "step": step})
    return found


__all__ = ["Node", "is_operation", "made", "tensors_in"]
