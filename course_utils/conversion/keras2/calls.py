"""Calls of TensorFlow's functions, made layers and operations of Keras 3 that compute the same."""

from __future__ import annotations

from typing import Any

from course_utils.conversion.keras2.parts import Part
from course_utils.conversion.keras2.settings import native
from course_utils.errors import CourseError

Made = tuple[dict[str, Any], list[Any]]  # the layer, and what it is called with

_NUMPY, _MATH, _CORE = "keras.src.ops.numpy", "keras.src.ops.math", "keras.src.ops.core"
TWO = {
    "add": "Add", "subtract": "Subtract", "multiply": "Multiply", "divide": "TrueDivide", "maximum": "Maximum",
    "minimum": "Minimum", "pow": "Power",
}  # fmt: skip
ONE = {
    "abs": (_NUMPY, "Absolute"), "negative": (_NUMPY, "Negative"), "log": (_NUMPY, "Log"), "sqrt": (_NUMPY, "Sqrt"),
    "square": (_NUMPY, "Square"), "sin": (_NUMPY, "Sin"), "cos": (_NUMPY, "Cos"), "sign": (_NUMPY, "Sign"),
    "floor": (_NUMPY, "Floor"), "ceil": (_NUMPY, "Ceil"), "reciprocal": (_NUMPY, "Reciprocal"),
    "rsqrt": (_MATH, "Rsqrt"),
}  # fmt: skip
ACTIVATIONS = {
    "relu": "relu", "relu6": "relu6", "elu": "elu", "selu": "selu", "softplus": "softplus", "softsign": "softsign",
    "sigmoid": "sigmoid", "tanh": "tanh", "exp": "exponential", "silu": "silu",
}  # fmt: skip
REDUCTIONS = {"mean": "Mean", "sum": "Sum", "max": "Max", "min": "Min", "prod": "Prod"}
# Those that take a list of tensors.
LISTS = ("concat", "stack", "add_n")
# The arguments of each operation, in the order in which TensorFlow's functions and graphs have them.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(TWO, ("x", "y")),
    **dict.fromkeys((*ONE, *ACTIVATIONS, "identity"), ("x",)),
    **dict.fromkeys(REDUCTIONS, ("x", "axis", "keepdims")),
    **dict.fromkeys(("concat", "stack"), ("xs", "axis")),
    **dict.fromkeys(("softmax", "expand_dims", "squeeze"), ("x", "axis")),
    "add_n": ("xs",),
    "cast": ("x", "dtype"),
    "clip": ("x", "low", "high"),
    "gelu": ("x", "approximate"),
    "getitem": ("x", "slices"),
    "leaky_relu": ("x", "alpha"),
    "matmul": ("x", "y", "transpose_a", "transpose_b"),
    "reshape": ("x", "shape"),
    "tile": ("x", "multiples"),
    "transpose": ("x", "perm", "conjugate"),
}
TYPES = {
    "DT_FLOAT": "float32",
    "DT_INT32": "int32",
    "DT_INT64": "int64",
    "DT_HALF": "float16",
    "DT_BOOL": "bool",
}


def tensors_in(value: Any) -> bool:
    """Whether a setting is, or holds, a tensor of the model."""
    if isinstance(value, list):
        return any(tensors_in(item) for item in value)
    return isinstance(value, dict) and value.get("class_name") == "__keras_tensor__"


def refusal(part: Part, what: str) -> CourseError:
    """The error for a function that Keras 3 has no equal for."""
    return CourseError(
        f"The layer {part.name} is {what}, for which Keras 3 has nothing that surely computes the same: build the "
        "model again with a layer in its place."
    )


class Call:
    """One call of an operation, whose arguments have the names of `ARGUMENTS`."""

    def __init__(self, part: Part, operation: str, arguments: dict[str, Any]) -> None:
        self.part, self.operation, self.arguments = part, operation, arguments

    def made(self) -> Made:
        """The layer or operation, and what it is called with."""
        operation = self.operation
        first = self.arguments.get(ARGUMENTS[operation][0])
        if operation in TWO:
            return self._two(first, self.arguments.get("y"))
        if operation in LISTS:
            return self._many(first)
        if not tensors_in(first):
            raise self._refused()
        if operation in ACTIVATIONS:
            return self._layer("Activation", activation=ACTIVATIONS[operation]), [first]
        if operation in ONE:
            module, name = ONE[operation]
            return self._operation(name, module), [first]
        if operation in REDUCTIONS:
            return self._operation(
                REDUCTIONS[operation],
                axis=self._whole("axis", None),
                keepdims=bool(self._plain("keepdims", False)),
            ), [first]
        return getattr(self, f"_{operation}")(first)

    def _layer(self, class_name: str, **settings: Any) -> dict[str, Any]:
        return native(class_name, {"name": self.part.key, **settings})

    def _operation(self, class_name: str, module: str = _NUMPY, **settings: Any) -> dict[str, Any]:
        return {
            **native(class_name, {"name": self.part.key, **settings}, module),
            "registered_name": class_name,
        }

    def _refused(self) -> CourseError:
        return refusal(self.part, f"TensorFlow's function {self.operation} as it is called here")

    def _plain(self, name: str, default: Any) -> Any:
        """An argument that has to be a constant."""
        value = self.arguments.get(name, default)
        if tensors_in(value) or isinstance(value, dict):
            raise self._refused()
        return value

    def _whole(self, name: str, default: Any) -> Any:
        """An argument that has to be a whole number or some, or nothing."""
        value = self._plain(name, default)
        whole = all(type(item) is int for item in value) if isinstance(value, list) else type(value) is int
        if value is not None and not whole:
            raise self._refused()
        return value

    def _two(self, x: Any, y: Any) -> Made:
        if tensors_in(x) and tensors_in(y):
            return self._operation(TWO[self.operation]), [x, y]
        constant, tensor = (y, x) if tensors_in(x) else (x, y)
        if not tensors_in(tensor) or not _is_constant(constant):
            raise self._refused()
        settings = _rescaling(self.operation, constant, first=tensor is y)
        if settings is not None:  # a layer that TensorFlow.js has too
            return self._layer("Rescaling", **settings), [tensor]
        if isinstance(constant, list):
            raise self._refused()
        return self._operation(TWO[self.operation]), [x, y]

    def _many(self, tensors: Any) -> Made:
        if not isinstance(tensors, list) or not all(isinstance(each, dict) for each in tensors):
            raise self._refused()
        if self.operation == "add_n":
            return self._layer("Add"), [tensors]
        axis = self._plain("axis", 0)
        if type(axis) is not int:
            raise self._refused()
        if self.operation == "concat" and axis != 0 and len(tensors) > 1:
            return self._layer("Concatenate", axis=axis), [tensors]
        return self._operation("Concatenate" if self.operation == "concat" else "Stack", axis=axis), [tensors]

    def _gelu(self, x: Any) -> Made:
        if self._plain("approximate", False):
            raise self._refused()
        return self._layer("Activation", activation="gelu"), [x]

    def _leaky_relu(self, x: Any) -> Made:
        return self._layer("LeakyReLU", negative_slope=float(self._plain("alpha", 0.2))), [x]

    def _softmax(self, x: Any) -> Made:
        axis = self._whole("axis", None)
        return self._layer("Softmax", axis=-1 if axis is None else axis), [x]

    def _expand_dims(self, x: Any) -> Made:
        axis = self._whole("axis", None)
        return self._operation("ExpandDims", axis=axis[0] if isinstance(axis, list) else axis), [x]

    def _squeeze(self, x: Any) -> Made:
        axis = self._whole("axis", None)
        if axis in (None, []):  # then it depends on the size of the batch
            raise self._refused()
        return self._operation(
            "Squeeze", axis=axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
        ), [x]

    def _reshape(self, x: Any) -> Made:
        return self._operation("Reshape", newshape=self._whole("shape", None)), [x]

    def _transpose(self, x: Any) -> Made:
        if self._plain("conjugate", False):
            raise self._refused()
        return self._operation("Transpose", axes=self._whole("perm", None)), [x]

    def _cast(self, x: Any) -> Made:
        kind = self._plain("dtype", None)
        if kind not in TYPES.values():
            raise self._refused()
        return self._operation("Cast", _CORE, dtype=kind), [x]

    def _matmul(self, x: Any) -> Made:
        other = self.arguments.get("y")
        if not tensors_in(other) or self._plain("transpose_a", False) or self._plain("transpose_b", False):
            raise self._refused()
        return self._operation("Matmul"), [x, other]

    def _tile(self, x: Any) -> Made:
        return self._operation("Tile", repeats=self._whole("multiples", None)), [x]

    def _clip(self, x: Any) -> Made:
        low, high = self._plain("low", None), self._plain("high", None)
        if not _is_number(low) or not _is_number(high):
            raise self._refused()
        return self._operation("Clip", x_min=low, x_max=high), [x]

    def _identity(self, x: Any) -> Made:
        return self._layer("Identity"), [x]

    def _getitem(self, x: Any) -> Made:
        spec = self.arguments.get("slices")
        spec = spec if isinstance(spec, list) else [spec]
        return self._operation("GetItem"), [x, [self._slice(item) for item in spec]]

    def _slice(self, item: Any) -> Any:
        if item is None or type(item) is int:
            return item
        if isinstance(item, dict) and item.get("class_name") == "__ellipsis__":
            return {"class_name": "__ellipsis__", "config": {}}
        if isinstance(item, dict) and set(item) == {"start", "stop", "step"}:
            if any(value is not None and type(value) is not int for value in item.values()):
                raise self._refused()
            return {"class_name": "__slice__", "config": item}
        raise self._refused()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_constant(value: Any) -> bool:
    return _is_number(value) or (
        isinstance(value, list) and bool(value) and all(_is_number(item) for item in value)
    )


def _rescaling(operation: str, constant: Any, *, first: bool) -> dict[str, Any] | None:
    """The settings of the Rescaling that computes the same; `first` where the constant stands before the tensor."""

    def each(function: Any) -> Any:
        return [function(item) for item in constant] if isinstance(constant, list) else function(constant)

    if operation == "multiply":
        return {"scale": each(float), "offset": 0.0}
    if (
        operation == "divide"
        and not first
        and 0 not in (constant if isinstance(constant, list) else [constant])
    ):
        return {"scale": each(lambda number: 1.0 / number), "offset": 0.0}
    if operation == "add":
        return {"scale": 1.0, "offset": each(float)}
    if operation == "subtract":
        return (
            {"scale": -1.0, "offset": each(float)}
            if first
            else {"scale": 1.0, "offset": each(lambda number: -float(number))}
        )
    return None
