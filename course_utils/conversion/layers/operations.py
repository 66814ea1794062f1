"""Operations on tensors, such as `x + 3` or `keras.ops.relu(x)`, as layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from course_utils.conversion.layers.activations import activated, clipped, difference, fused
from course_utils.conversion.layers.sketch import Shape, Site, Tensor
from course_utils.errors import CourseError

#: keras.ops.nn's class → the activation of Keras.
_ACTIVATIONS = {
    "Relu": "relu", "Relu6": "relu6", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus",
    "Softsign": "softsign", "Silu": "silu", "Elu": "elu", "Selu": "selu", "HardSigmoid": "hard_sigmoid",
    "HardSilu": "hard_silu", "HardTanh": "hard_tanh", "LogSigmoid": "log_sigmoid", "Gelu": "gelu",
    "LeakyRelu": "leaky_relu", "Softmax": "softmax", "LogSoftmax": "log_softmax", "TanhShrink": "tanh_shrink",
    "SparsePlus": "sparse_plus",
}  # fmt: skip
#: What an operation's own settings must be for that activation to be the same.
_AS_USUAL = {"alpha": 1.0, "approximate": False, "negative_slope": 0.2, "axis": -1}

Arguments = tuple[Sequence[Any], dict[str, Any]]


def operate(site: Site, operation: Any, arguments: Arguments, shape: Shape) -> Tensor:
    """What one operation becomes.

    Args:
        site: whose source is the operation.
        operation: of keras.ops.
        arguments: positional ones and named ones, with this model's tensors in place of Keras'.
        shape: of the result.

    Raises:
        CourseError: there are no layers for it.
    """
    name = type(operation).__name__
    if not type(operation).__module__.startswith("keras.src."):
        _refuse(operation)
    values = [*arguments[0], *arguments[1].values()]
    if name in _ACTIVATIONS:
        return _activation(site, operation, values[0], _ACTIVATIONS[name])
    if name not in _OPERATIONS:
        _refuse(operation)
    result = _OPERATIONS[name](site, operation, values, shape)
    if len(result.shape) != len(shape):
        _refuse(operation)
    return Tensor(result.layer, result.call, result.index, shape)


def _refuse(operation: Any) -> NoReturn:
    raise CourseError(
        f"The operation {operation.name} (keras.ops, {type(operation).__name__}) has no counterpart in TensorFlow.js' "
        "layers: write it with layers of Keras, or convert to tfjs-graph instead."
    )


def _activation(site: Site, operation: Any, x: Tensor, name: str) -> Tensor:
    import keras

    for key, usual in _AS_USUAL.items():
        found = getattr(operation, key, usual)
        if found != usual and not (key == "axis" and found == len(x.shape) - 1):
            _refuse(operation)
    activation = keras.activations.get(name)
    known = fused(activation)
    return site.activate(x, known, role="") if known else activated(site, activation, x)


def _constant(value: Any) -> bool:
    return not isinstance(value, Tensor)


def _fits(operation: Any, x: Tensor, value: Any) -> np.ndarray:
    """A constant that a Rescaling can hold: no axis more than x has, and none that would make x larger."""
    array = np.asarray(value, np.float32)
    sizes = x.shape[len(x.shape) - array.ndim :] if array.ndim < len(x.shape) else ()
    if array.ndim and (
        not sizes or any(one not in (1, size) for one, size in zip(array.shape, sizes, strict=True))
    ):
        _refuse(operation)
    return array


def _add(site: Site, operation: Any, values: list[Any], shape: Shape) -> Tensor:
    a, b = values
    if _constant(a) or _constant(b):
        x, value = (b, a) if _constant(a) else (a, b)
        return site.rescale(x, 1.0, _fits(operation, x, value), role="")
    return _merged(site, operation, "Add", [a, b])


def _subtract(site: Site, operation: Any, values: list[Any], shape: Shape) -> Tensor:
    a, b = values
    if _constant(b):
        return site.rescale(a, 1.0, -_fits(operation, a, b), role="")
    if _constant(a):
        return site.rescale(b, -1.0, _fits(operation, b, a), role="")
    _same_axes(operation, [a, b])
    return difference(site, a, b, "")


def _multiply(site: Site, operation: Any, values: list[Any], shape: Shape) -> Tensor:
    a, b = values
    if _constant(a) or _constant(b):
        x, value = (b, a) if _constant(a) else (a, b)
        return site.rescale(x, _fits(operation, x, value), role="")
    return _merged(site, operation, "Multiply", [a, b])


def _divide(site: Site, operation: Any, values: list[Any], shape: Shape) -> Tensor:
    a, b = values
    if not _constant(b):
        _refuse(operation)
    return site.rescale(a, 1 / _fits(operation, a, b).astype(np.float64), role="")


def _extreme(class_name: str) -> Callable[..., Tensor]:
    def rule(site: Site, operation: Any, values: list[Any], shape: Shape) -> Tensor:
        a, b = values
        if _constant(a) or _constant(b):
            x, value = (b, a) if _constant(a) else (a, b)
            if np.ndim(value) or class_name == "Minimum" or float(value) != 0:
                _refuse(operation)
            return site.relu(x, "")
        return _merged(site, operation, class_name, [a, b])

    return rule


def _merged(site: Site, operation: Any, class_name: str, tensors: list[Tensor]) -> Tensor:
    """A layer of two tensors; Keras' operations and layers differ where one has fewer axes."""
    _same_axes(operation, tensors)
    return site.add(class_name, tensors, {})


def _same_axes(operation: Any, tensors: Sequence[Tensor]) -> None:
    if len({len(tensor.shape) for tensor in tensors}) > 1:
        _refuse(operation)


def _concatenate(site: Site, operation: Any, values: list[Any], shape: Shape) -> Tensor:
    tensors, axis = list(values[0]), operation.axis
    if any(_constant(one) for one in tensors) or axis is None or axis % len(shape) == 0 or len(tensors) < 2:
        _refuse(operation)
    return site.add("Concatenate", tensors, {"axis": axis % len(shape)}, shape=shape)


def _square(site: Site, operation: Any, values: list[Any], shape: Shape) -> Tensor:
    return site.add("Multiply", [values[0], values[0]], {})


def _absolute(site: Site, operation: Any, values: list[Any], shape: Shape) -> Tensor:
    positive = site.relu(values[0], "positive")
    return site.add("Add", [positive, site.relu(site.rescale(values[0], -1.0, role="minus"), "negative")], {})


def _clip(site: Site, operation: Any, values: list[Any], shape: Shape) -> Tensor:
    least, most = operation.x_min, operation.x_max
    if np.ndim(least) or np.ndim(most) or least is None or most is None:
        _refuse(operation)
    return clipped(site, values[0], float(least), float(most), "clipped")


def _pooled(class_name: str) -> Callable[..., Tensor]:
    def rule(site: Site, operation: Any, values: list[Any], shape: Shape) -> Tensor:
        x, axis = values[0], operation.axis
        rank = len(x.shape)
        axes = (
            sorted(one % rank for one in (axis if isinstance(axis, list | tuple) else [axis])) if axis else []
        )
        if axes != list(range(1, rank - 1)) or rank not in (3, 4):
            _refuse(operation)
        config = {} if rank == 3 else {"data_format": "channels_last"}
        pooled = site.add(f"Global{class_name}Pooling{rank - 2}D", x, config, shape=(x.shape[0], x.shape[-1]))
        return site.reshape(pooled, shape[1:], "keep_axes") if operation.keepdims else pooled

    return rule


def _reshape(site: Site, operation: Any, values: list[Any], shape: Shape) -> Tensor:
    x = values[0]
    if shape[0] != x.shape[0] or len(shape) < 2 or sum(size is None for size in shape[1:]) > 1:
        _refuse(operation)
    known = [np.prod([size for size in one[1:] if size is not None]) for one in (x.shape, shape)]
    # A reshape that moves numbers from one row of the batch to another keeps no product of the rest.
    if None not in x.shape[1:] and None not in shape[1:] and known[0] != known[1]:
        _refuse(operation)
    return site.reshape(x, shape[1:], "")


def _transpose(site: Site, operation: Any, values: list[Any], shape: Shape) -> Tensor:
    axes = operation.axes
    if axes is None or axes[0] != 0:
        _refuse(operation)
    return site.permute(values[0], [int(axis) for axis in axes[1:]], "")


def _same(site: Site, operation: Any, values: list[Any], shape: Shape) -> Tensor:
    if type(operation).__name__ == "Cast" and str(operation.dtype) != "float32":
        _refuse(operation)
    return site.rescale(values[0], 1.0, role="")


_OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "Add": _add,
    "Subtract": _subtract,
    "Multiply": _multiply,
    "Divide": _divide,
    "TrueDivide": _divide,
    "Negative": lambda site, operation, values, shape: site.rescale(values[0], -1.0, role=""),
    "Maximum": _extreme("Maximum"),
    "Minimum": _extreme("Minimum"),
    "Concatenate": _concatenate,
    "Square": _square,
    "Absolute": _absolute,
    "Abs": _absolute,
    "Clip": _clip,
    "Mean": _pooled("Average"),
    "Max": _pooled("Max"),
    "Reshape": _reshape,
    "ExpandDims": _reshape,
    "Squeeze": _reshape,
    "Transpose": _transpose,
    "Cast": _same,
    "StopGradient": _same,
}
