"""Convolutions: TensorFlow.js' own where they compute the same, else the same sums with another kernel or shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from course_utils.conversion.layers.activations import activated, fused
from course_utils.conversion.layers.registry import Call, refuse, rule
from course_utils.conversion.layers.settings import settings
from course_utils.conversion.layers.sketch import Layer, Shape, Site, Tensor


def channels_last(site: Site, x: Tensor, layer: Any, role: str = "channels_last") -> Tensor:
    """Images with their channels at the end, where TensorFlow.js computes right on every backend."""
    if getattr(layer, "data_format", None) != "channels_first":
        return x
    return site.permute(x, [*range(2, len(x.shape)), 1], role)


def channels_back(site: Site, x: Tensor, layer: Any) -> Tensor:
    """The channels where the layer has them."""
    if getattr(layer, "data_format", None) != "channels_first":
        return x
    rank = len(x.shape)
    return site.permute(x, [rank - 1, *range(1, rank - 1)], "channels_back")


def last_shape(shape: Shape, layer: Any) -> Shape:
    """A shape of the layer's, the channels at the end."""
    if getattr(layer, "data_format", None) != "channels_first":
        return shape
    return (shape[0], *shape[2:], shape[1])


def padded_before(site: Site, x: Tensor, steps: int) -> Tensor:
    """Zeros before the first step of a sequence, (batch, steps, features), which causal convolutions look back at."""
    if not steps:
        return x
    length, features = x.shape[1:]
    flat = site.reshape(x, (length, 1, features), "as_image")
    longer = None if length is None else length + steps
    config = {"padding": [[steps, 0], [0, 0]], "data_format": "channels_last"}
    shape = (x.shape[0], longer, 1, features)
    return site.reshape(
        site.add("ZeroPadding2D", flat, config, shape=shape, role="causal"), (longer, features), "as_steps"
    )


def spread(kernel: np.ndarray, dilation: Sequence[int]) -> np.ndarray:
    """A kernel with zeros between its numbers: what dilation does, for layers of TensorFlow.js that ignore it."""
    sizes = [(size - 1) * rate + 1 for size, rate in zip(kernel.shape, dilation, strict=False)]
    wide = np.zeros((*sizes, *kernel.shape[len(sizes) :]), kernel.dtype)
    wide[tuple(slice(None, None, rate) for rate in dilation)] = kernel
    return wide


def ungrouped(kernel: np.ndarray, groups: int) -> np.ndarray:
    """The kernel of a grouped convolution as one over all channels: zero where a filter does not look."""
    *sizes, inputs, filters = kernel.shape
    wide = np.zeros((*sizes, inputs * groups, filters), kernel.dtype)
    each = filters // groups
    for group in range(groups):
        of_group = slice(group * each, (group + 1) * each)
        wide[..., group * inputs : (group + 1) * inputs, of_group] = kernel[..., of_group]
    return wide


def plain(layer: Any) -> None:
    """Refuse a layer whose weights are not what they seem."""
    if getattr(layer, "lora_enabled", False):
        refuse(
            layer, "has LoRA weights of its own", "merge them (save the model and load it) and convert that"
        )
    if getattr(layer, "quantization_mode", None):
        refuse(
            layer,
            f"is quantised as {layer.quantization_mode}",
            "convert the model before you quantise it, with --quantize",
        )


def _finish(site: Site, layer: Any, y: Tensor, activation: str | None) -> Tensor:
    """The activation, where the layer cannot apply it itself, on the axes that Keras has."""
    y = channels_back(site, y, layer)
    return y if activation is not None else activated(site, layer.activation, y)


def _own_activation(layer: Any) -> str | None:
    """The activation that the layer applies itself; a softmax goes along the last axis, wherever the channels are."""
    along_last = fused(layer.activation) in ("softmax", "log_softmax")
    return None if along_last and layer.data_format == "channels_first" else fused(layer.activation)


@rule("Conv1D", "Conv2D", "Conv3D")
def _convolution(site: Site, layer: Any, call: Call) -> Tensor:
    plain(layer)
    x, activation = channels_last(site, call.x, layer), _own_activation(layer)
    kernel: Any = layer.kernel
    if layer.groups > 1:
        kernel = ungrouped(np.asarray(kernel), layer.groups)
        site.tell(
            f"{layer.name} convolves groups of channels: written with a kernel over all, zero elsewhere."
        )
    if layer.padding == "causal":
        x = padded_before(site, x, (layer.kernel_size[0] - 1) * layer.dilation_rate[0])
    config = {
        "filters": layer.filters,
        "kernel_size": list(layer.kernel_size),
        "strides": list(layer.strides),
        "padding": "valid" if layer.padding == "causal" else layer.padding,
        "data_format": "channels_last",
        "dilation_rate": list(layer.dilation_rate),
        "activation": activation or "linear",
        "use_bias": layer.use_bias,
        **settings(layer, kernel=kernel if layer.groups == 1 else None, bias=layer.bias),
    }
    weights = [("kernel", kernel), *_bias(layer)]
    y = site.add(type(layer).__name__, x, config, shape=last_shape(call.shape, layer), weights=weights)
    return _finish(site, layer, y, activation)


def _bias(layer: Any) -> list[tuple[str, Any]]:
    return [("bias", layer.bias)] if layer.use_bias else []


@rule("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
def _transposed(site: Site, layer: Any, call: Call) -> Tensor:
    plain(layer)
    if layer.output_padding is not None and any(_listed(layer.output_padding)):
        refuse(
            layer,
            "has an output_padding, which TensorFlow.js has not",
            "leave output_padding out, or convert to tfjs-graph",
        )
    x, activation = channels_last(site, call.x, layer), _own_activation(layer)
    kernel, strides = np.asarray(layer.kernel), list(layer.strides)
    # TensorFlow.js ignores the dilation of transposed convolutions.
    if any(rate > 1 for rate in layer.dilation_rate):
        kernel = spread(kernel, layer.dilation_rate)
    out = last_shape(call.shape, layer)
    name = type(layer).__name__
    if name == "Conv1DTranspose":
        name, kernel, strides = "Conv2DTranspose", kernel[:, None], [*strides, 1]
        x = site.reshape(x, (x.shape[1], 1, x.shape[2]), "as_image")
    _check_length(layer, x.shape, kernel.shape, strides, out)
    if name == "Conv3DTranspose":
        y = _transposed_volume(site, layer, x, kernel, out, activation)
        return _finish(site, layer, y, activation)
    config = {
        "filters": layer.filters,
        "kernel_size": list(kernel.shape[:-2]),
        "strides": strides,
        "padding": layer.padding,
        "data_format": "channels_last",
        "activation": activation or "linear",
        "use_bias": layer.use_bias,
        **settings(layer, kernel=None, bias=layer.bias),
    }
    shape = (out[0], out[1], 1, out[2]) if len(out) == 3 else out
    y = site.add(name, x, config, shape=shape, weights=[("kernel", kernel), *_bias(layer)])
    y = site.reshape(y, out[1:], "as_steps") if len(out) == 3 else y
    return _finish(site, layer, y, activation)


def _transposed_volume(
    site: Site, layer: Any, x: Tensor, kernel: np.ndarray, out: Shape, activation: str | None
) -> Tensor:
    """Each slice transposed alone, with filters for each depth of the kernel, and these laid over one another.

    Conv3DTranspose of TensorFlow.js' WASM backend computes something else.
    """
    if None in (*x.shape[1:], *out[1:]):
        refuse(layer, "takes volumes of any size, which TensorFlow.js cannot", "give the Input a fixed shape")
    batch, depth = x.shape[:2]
    deep, high, wide, filters = out[1:]
    behind = kernel.shape[0]
    flat = np.moveaxis(kernel, 0, 2).reshape(*kernel.shape[1:3], behind * filters, kernel.shape[-1])
    common = {"padding": layer.padding, "data_format": "channels_last"}
    slices = {
        **common,
        "filters": behind * filters,
        "kernel_size": list(flat.shape[:2]),
        "strides": list(layer.strides[1:]),
        "activation": "linear",
        "use_bias": False,
        "trainable": site.trainable,
    }
    inside = Layer("Conv2DTranspose", f"{site.name}_slice", slices)
    shape = (batch, depth, high, wide, behind * filters)
    y = site.add(
        "TimeDistributed", x, {}, shape=shape, weights=[("kernel", flat)], inside=inside, role="slices"
    )
    y = site.reshape(y, (depth, high * wide, behind * filters), "as_image")
    each = np.eye(behind * filters, dtype=np.float32).reshape(behind * filters, behind, filters)
    config = {
        **common,
        "filters": filters,
        "kernel_size": [behind, 1],
        "strides": [layer.strides[0], 1],
        "activation": activation or "linear",
        "use_bias": layer.use_bias,
    }
    laid = np.ascontiguousarray(each.transpose(1, 2, 0)[:, None])
    shape = (batch, deep, high * wide, filters)
    y = site.add("Conv2DTranspose", y, config, shape=shape, weights=[("kernel", laid), *_bias(layer)])
    return site.reshape(y, out[1:], "as_volume")


def _check_length(layer: Any, shape: Shape, kernel: Shape, strides: Sequence[int], out: Shape) -> None:
    """TensorFlow.js derives the length of the result by a rule of its own."""
    for size, width, stride, wanted in zip(shape[1:-1], kernel, strides, out[1:-1], strict=False):
        if size is not None and wanted is not None:
            longer = max(width - stride, 0) if layer.padding == "valid" else 0
            if size * stride + longer != wanted:
                refuse(layer, f"gives {wanted} where TensorFlow.js would give {size * stride + longer}")


def _listed(value: Any) -> list[int]:
    return list(value) if isinstance(value, list | tuple) else [value]


@rule("DepthwiseConv1D", "DepthwiseConv2D")
def _depthwise(site: Site, layer: Any, call: Call) -> Tensor:
    plain(layer)
    x, kernel, strides, shape = _as_image(site, layer, call, np.asarray(layer.kernel))
    # TensorFlow.js ignores the dilation of this layer without a word.
    dilation = _listed(layer.dilation_rate)
    kernel = spread(kernel, dilation) if any(rate > 1 for rate in dilation) else kernel
    activation = _own_activation(layer)
    config = {
        "kernel_size": list(kernel.shape[:2]),
        "strides": strides,
        "padding": "valid" if layer.padding == "causal" else layer.padding,
        "data_format": "channels_last",
        "depth_multiplier": layer.depth_multiplier,
        "activation": activation or "linear",
        "use_bias": layer.use_bias,
        **settings(layer, depthwise=None, bias=layer.bias),
    }
    weights = [
        ("depthwise_kernel", kernel if kernel.shape != layer.kernel.shape else layer.kernel),
        *_bias(layer),
    ]
    y = site.add("DepthwiseConv2D", x, config, shape=shape, weights=weights)
    return _finish(site, layer, _as_steps(site, y, layer, call), activation)


@rule("SeparableConv1D", "SeparableConv2D")
def _separable(site: Site, layer: Any, call: Call) -> Tensor:
    plain(layer)
    x, depthwise, strides, shape = _as_image(site, layer, call, np.asarray(layer.depthwise_kernel))
    pointwise: Any = layer.pointwise_kernel
    if len(pointwise.shape) == 3:
        pointwise = np.asarray(pointwise)[:, None]
    dilation = _listed(layer.dilation_rate)
    depthwise = spread(depthwise, dilation) if any(rate > 1 for rate in dilation) else depthwise
    activation = _own_activation(layer)
    config = {
        "filters": layer.filters,
        "kernel_size": list(depthwise.shape[:2]),
        "strides": strides,
        "padding": "valid" if layer.padding == "causal" else layer.padding,
        "data_format": "channels_last",
        "depth_multiplier": layer.depth_multiplier,
        "activation": activation or "linear",
        "use_bias": layer.use_bias,
        **settings(layer, depthwise=None, pointwise=None, bias=layer.bias),
    }
    weights = [("depthwise_kernel", depthwise), ("pointwise_kernel", pointwise), *_bias(layer)]
    y = site.add("SeparableConv2D", x, config, shape=shape, weights=weights)
    return _finish(site, layer, _as_steps(site, y, layer, call), activation)


def _as_image(
    site: Site, layer: Any, call: Call, kernel: np.ndarray
) -> tuple[Tensor, np.ndarray, list[int], Shape]:
    """A sequence as an image one pixel wide, and the kernel for it; an image as it is."""
    x, shape = channels_last(site, call.x, layer), last_shape(call.shape, layer)
    strides = _listed(layer.strides)
    if kernel.ndim == 4:
        return x, kernel, strides, shape
    if layer.padding == "causal":
        x = padded_before(site, x, (kernel.shape[0] - 1) * _listed(layer.dilation_rate)[0])
    x = site.reshape(
        x, (x.shape[1], 1, x.shape[2]), "as_image_2" if layer.padding == "causal" else "as_image"
    )
    return x, kernel[:, None], [strides[0], strides[0]], (shape[0], shape[1], 1, shape[2])


def _as_steps(site: Site, y: Tensor, layer: Any, call: Call) -> Tensor:
    shape = last_shape(call.shape, layer)
    return site.reshape(y, shape[1:], "as_steps_2") if len(shape) == 3 else y
