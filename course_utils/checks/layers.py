"""What each kind of layer makes of its input, in NumPy, as Keras does it when it predicts: see `networks`.

Shapes are those of one row. Pictures have their channels last.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Shape = tuple[int, ...]
Settings = Mapping[str, Any]
Arrays = Sequence[np.ndarray]
_LARGEST = 100_000


class Unreadable(Exception):
    """A network that cannot be judged. The message says why, for people."""


@dataclass(frozen=True)
class Kind:
    """One kind of layer.

    Attributes:
        shape: what it gives, from its settings and the shapes that it is given.
        weights: the shapes of its weights, in Keras' order.
        apply: what it computes, from its settings, its inputs (n rows each) and its weights.
        learns: how many of its weights training changes; they come first.
        window: how many numbers are laid out in memory, for one row, to compute it.
    """

    shape: Callable[[Settings, list[Shape]], Shape]
    apply: Callable[[Settings, Arrays, Arrays], np.ndarray]
    weights: Callable[[Settings, list[Shape]], tuple[Shape, ...]] = lambda settings, inputs: ()
    learns: Callable[[Settings], int | None] = lambda settings: None
    window: Callable[[Settings, list[Shape], Shape], int] = lambda settings, inputs, shape: 0


def _exponential(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * x))


_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
_ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x: np.where(x < 0, 0.2 * x, x),
    "sigmoid": _sigmoid,
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "tanh": np.tanh,
    "softmax": _exponential,
    "elu": lambda x: np.where(x < 0, np.expm1(np.minimum(x, 0)), x),
    "selu": lambda x: _SELU_SCALE * np.where(x < 0, _SELU_ALPHA * np.expm1(np.minimum(x, 0)), x),
    "silu": lambda x: x * _sigmoid(x),
    "softplus": lambda x: np.logaddexp(x, 0),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "exponential": np.exp,
}


def _activated(settings: Settings, x: np.ndarray) -> np.ndarray:
    name = settings.get("activation") or "linear"
    if name not in _ACTIVATIONS:
        raise Unreadable(f"the activation {str(name)[:60]}, which these checks do not know")
    return _ACTIVATIONS[name](x)


def _count(settings: Settings, name: str) -> int:
    value = settings.get(name)
    if type(value) is not int or not 0 < value <= _LARGEST:
        raise Unreadable(f"a layer without its {name}")
    return value


def _number(settings: Settings, name: str, default: float) -> float:
    value = settings.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unreadable(f"a layer whose {name} is no number")
    return float(value)


def _pair(settings: Settings, name: str, default: int = 1) -> tuple[int, int]:
    value = settings.get(name, [default, default])
    value = [value, value] if type(value) is int else value
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(type(one) is int and 0 < one <= _LARGEST for one in value)
    ):
        raise Unreadable(f"a layer without its {name}")
    return value[0], value[1]


def _picture(inputs: list[Shape]) -> tuple[int, int, int]:
    if len(inputs) != 1 or len(inputs[0]) != 3:
        raise Unreadable("a layer for pictures that is given something else")
    return inputs[0]  # type: ignore[return-value]


def _one(inputs: list[Shape]) -> Shape:
    if len(inputs) != 1:
        raise Unreadable("a layer for one input that is given several")
    return inputs[0]


@dataclass(frozen=True)
class _Windows:
    """How a window moves over a picture."""

    size: tuple[int, int]
    strides: tuple[int, int]
    dilation: tuple[int, int]
    same: bool

    @classmethod
    def of(cls, settings: Settings) -> "_Windows":
        padding = settings.get("padding", "valid")
        if padding not in ("valid", "same"):
            raise Unreadable(f"a layer with the padding {str(padding)[:60]}")
        name = "pool_size" if "pool_size" in settings else "kernel_size"
        size = _pair(settings, name)
        strides = size if settings.get("strides", 0) is None else _pair(settings, "strides")
        return cls(size, strides, _pair(settings, "dilation_rate"), padding == "same")

    def span(self, side: int) -> int:
        """How far a window reaches along one side."""
        return (self.size[side] - 1) * self.dilation[side] + 1

    def gives(self, picture: Shape) -> tuple[int, int]:
        """How many places there are for the window."""
        if self.same:
            return -(-picture[0] // self.strides[0]), -(-picture[1] // self.strides[1])
        rows, columns = ((picture[side] - self.span(side)) // self.strides[side] + 1 for side in (0, 1))
        return rows, columns

    def over(self, pictures: np.ndarray, filled: float) -> np.ndarray:
        """The windows, of shape (n, rows, columns, channels, *size); beyond the edge there is `filled`."""
        if self.same:
            places, around = self.gives(pictures.shape[1:]), [(0, 0)]
            for side in (0, 1):
                whole = (places[side] - 1) * self.strides[side] + self.span(side)
                more = max(whole - pictures.shape[1 + side], 0)
                around.append((more // 2, more - more // 2))
            pictures = np.pad(pictures, [*around, (0, 0)], constant_values=filled)
        spans = self.span(0), self.span(1)
        seen = np.lib.stride_tricks.sliding_window_view(pictures, spans, axis=(1, 2))
        return seen[:, :: self.strides[0], :: self.strides[1], :, :: self.dilation[0], :: self.dilation[1]]


def _window(settings: Settings, inputs: list[Shape], shape: Shape) -> int:
    windows = _Windows.of(settings)
    padded = math.prod(side + windows.span(at) for at, side in enumerate(inputs[0][:2]))
    return inputs[0][-1] * (math.prod(shape[:2]) * math.prod(windows.size) + padded)


def _biased(settings: Settings, sizes: tuple[Shape, ...], many: int) -> tuple[Shape, ...]:
    return (*sizes, (many,)) if settings.get("use_bias", True) else sizes


def _with_bias(settings: Settings, made: np.ndarray, weights: Arrays) -> np.ndarray:
    return _activated(settings, made + weights[-1] if settings.get("use_bias", True) else made)


def _conv_shape(settings: Settings, inputs: list[Shape]) -> Shape:
    if settings.get("groups", 1) != 1:
        raise Unreadable("a convolution in groups, which these checks do not know")
    return (*_Windows.of(settings).gives(_picture(inputs)), _count(settings, "filters"))


def _conv_weights(settings: Settings, inputs: list[Shape]) -> tuple[Shape, ...]:
    many = _count(settings, "filters")
    return _biased(settings, ((*_pair(settings, "kernel_size"), inputs[0][-1], many),), many)


def _conv(settings: Settings, inputs: Arrays, weights: Arrays) -> np.ndarray:
    seen = _Windows.of(settings).over(inputs[0], 0)
    return _with_bias(settings, np.tensordot(seen, weights[0].transpose(2, 0, 1, 3), 3), weights)


def _depthwise_shape(settings: Settings, inputs: list[Shape]) -> Shape:
    picture = _picture(inputs)
    return (*_Windows.of(settings).gives(picture), picture[2] * _count(settings, "depth_multiplier"))


def _depthwise_weights(settings: Settings, inputs: list[Shape]) -> tuple[Shape, ...]:
    channels, each = inputs[0][-1], _count(settings, "depth_multiplier")
    return _biased(settings, ((*_pair(settings, "kernel_size"), channels, each),), channels * each)


def _each_channel(settings: Settings, pictures: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    made = np.einsum("nhwckl,klcm->nhwcm", _Windows.of(settings).over(pictures, 0), kernel, optimize=True)
    return made.reshape(*made.shape[:3], -1)


def _depthwise(settings: Settings, inputs: Arrays, weights: Arrays) -> np.ndarray:
    return _with_bias(settings, _each_channel(settings, inputs[0], weights[0]), weights)


def _separable_weights(settings: Settings, inputs: list[Shape]) -> tuple[Shape, ...]:
    channels, each, many = inputs[0][-1], _count(settings, "depth_multiplier"), _count(settings, "filters")
    kernels = (*_pair(settings, "kernel_size"), channels, each), (1, 1, channels * each, many)
    return _biased(settings, kernels, many)


def _separable(settings: Settings, inputs: Arrays, weights: Arrays) -> np.ndarray:
    made = _each_channel(settings, inputs[0], weights[0]) @ weights[1][0, 0]
    return _with_bias(settings, made, weights)


def _dense_weights(settings: Settings, inputs: list[Shape]) -> tuple[Shape, ...]:
    units = _count(settings, "units")
    return _biased(settings, ((inputs[0][-1], units),), units)


def _dense_shape(settings: Settings, inputs: list[Shape]) -> Shape:
    if not _one(inputs):
        raise Unreadable("a Dense layer without anything to weigh")
    return (*inputs[0][:-1], _count(settings, "units"))


def _dense(settings: Settings, inputs: Arrays, weights: Arrays) -> np.ndarray:
    return _with_bias(settings, inputs[0] @ weights[0], weights)


def _pool_shape(settings: Settings, inputs: list[Shape]) -> Shape:
    picture = _picture(inputs)
    return (*_Windows.of(settings).gives(picture), picture[2])


def _max_pool(settings: Settings, inputs: Arrays, _: Arrays) -> np.ndarray:
    return _Windows.of(settings).over(inputs[0], -np.inf).max(axis=(4, 5))


def _average_pool(settings: Settings, inputs: Arrays, _: Arrays) -> np.ndarray:
    return np.nanmean(_Windows.of(settings).over(inputs[0], np.nan), axis=(4, 5))


def _last_axis(settings: Settings, inputs: list[Shape]) -> Shape:
    shape = _one(inputs)
    axis = settings.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    if axis not in (-1, len(shape)):
        raise Unreadable("a layer along another axis than the last")
    return shape


def _batch_weights(settings: Settings, inputs: list[Shape]) -> tuple[Shape, ...]:
    return ((inputs[0][-1],),) * (2 + (_learnt_by_batch(settings)))


def _learnt_by_batch(settings: Settings) -> int:
    return bool(settings.get("scale", True)) + bool(settings.get("center", True))


def _batch(settings: Settings, inputs: Arrays, weights: Arrays) -> np.ndarray:
    *learnt, mean, variance = weights
    made = (inputs[0] - mean) / np.sqrt(variance + _number(settings, "epsilon", 1e-3))
    made = made * learnt.pop(0) if settings.get("scale", True) else made
    return made + learnt.pop(0) if settings.get("center", True) else made


def _normal_weights(settings: Settings, inputs: list[Shape]) -> tuple[Shape, ...]:
    if settings.get("mean") is not None or settings.get("invert"):
        raise Unreadable("a Normalization with numbers of its own: use adapt")
    return (inputs[0][-1],), (inputs[0][-1],), ()


def _normal(settings: Settings, inputs: Arrays, weights: Arrays) -> np.ndarray:
    return (inputs[0] - weights[0]) / np.maximum(np.sqrt(weights[1]), 1e-7)


def _rescale(settings: Settings, inputs: Arrays, _: Arrays) -> np.ndarray:
    return inputs[0] * np.float32(_number(settings, "scale", 1)) + np.float32(_number(settings, "offset", 0))


def _relu(settings: Settings, inputs: Arrays, _: Arrays) -> np.ndarray:
    if _number(settings, "threshold", 0):
        raise Unreadable("a ReLU with a threshold, which these checks do not know")
    x = np.where(inputs[0] < 0, _number(settings, "negative_slope", 0) * inputs[0], inputs[0])
    return x if settings.get("max_value") is None else np.minimum(x, _number(settings, "max_value", 0))


def _same_shape(settings: Settings, inputs: list[Shape]) -> Shape:
    return _one(inputs)


def _all_alike(settings: Settings, inputs: list[Shape]) -> Shape:
    if len(set(inputs)) != 1:
        raise Unreadable("an Add of different shapes")
    return inputs[0]


def _joined(settings: Settings, inputs: list[Shape]) -> Shape:
    if len({shape[:-1] for shape in inputs}) != 1 or settings.get("axis", -1) not in (-1, len(inputs[0])):
        raise Unreadable("a Concatenate along another axis than the last")
    return (*inputs[0][:-1], sum(shape[-1] for shape in inputs))


def _nothing(settings: Settings, inputs: Arrays, _: Arrays) -> np.ndarray:
    """What is for training alone."""
    return inputs[0]


_LEAVES_ALONE = (
    *("Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "ActivityRegularization"),
    *(
        "RandomFlip",
        "RandomRotation",
        "RandomTranslation",
        "RandomZoom",
        "RandomContrast",
        "RandomBrightness",
    ),
)
KINDS: dict[str, Kind] = {
    "Dense": Kind(_dense_shape, _dense, _dense_weights),
    "Conv2D": Kind(_conv_shape, _conv, _conv_weights, window=_window),
    "DepthwiseConv2D": Kind(_depthwise_shape, _depthwise, _depthwise_weights, window=_window),
    "SeparableConv2D": Kind(_conv_shape, _separable, _separable_weights, window=_window),
    "MaxPooling2D": Kind(_pool_shape, _max_pool, window=_window),
    "AveragePooling2D": Kind(_pool_shape, _average_pool, window=_window),
    "GlobalMaxPooling2D": Kind(lambda _, inputs: _picture(inputs)[2:], lambda _, x, w: x[0].max(axis=(1, 2))),
    "GlobalAveragePooling2D": Kind(
        lambda _, inputs: _picture(inputs)[2:], lambda _, x, w: x[0].mean(axis=(1, 2))
    ),
    "Flatten": Kind(
        lambda _, inputs: (math.prod(_one(inputs)),), lambda _, x, w: x[0].reshape(len(x[0]), -1)
    ),
    "Activation": Kind(_same_shape, lambda settings, x, w: _activated(settings, x[0])),
    "ReLU": Kind(_same_shape, _relu),
    "LeakyReLU": Kind(_same_shape, _relu),
    "Softmax": Kind(_last_axis, lambda settings, x, w: _exponential(x[0])),
    "BatchNormalization": Kind(_last_axis, _batch, _batch_weights, _learnt_by_batch),
    "Normalization": Kind(_last_axis, _normal, _normal_weights, lambda settings: 0),
    "Rescaling": Kind(_same_shape, _rescale),
    "Add": Kind(_all_alike, lambda _, x, w: sum(x[1:], x[0])),
    "Concatenate": Kind(_joined, lambda _, x, w: np.concatenate(x, axis=-1)),
    **{name: Kind(_same_shape, _nothing) for name in _LEAVES_ALONE},
}
