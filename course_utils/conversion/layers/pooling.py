"""Pooling, padding, cropping and upsampling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from course_utils.conversion.layers.convolutions import channels_back, channels_last, last_shape
from course_utils.conversion.layers.registry import Call, refuse, rule
from course_utils.conversion.layers.sketch import Shape, Site, Tensor


@rule(
    "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D"
)  # fmt: skip
def _pooling(site: Site, layer: Any, call: Call) -> Tensor:
    x = channels_last(site, call.x, layer)
    axes = len(x.shape) - 2
    if type(layer).__name__ == "MaxPooling3D":
        return channels_back(site, _max_of_volumes(site, layer, x, last_shape(call.shape, layer)), layer)
    config = {
        "pool_size": _each(layer.pool_size, axes),
        "strides": _each(layer.strides, axes),
        "padding": layer.padding,
    }
    if axes > 1:
        config["data_format"] = "channels_last"
    y = site.add(type(layer).__name__, x, config, shape=last_shape(call.shape, layer))
    return channels_back(site, y, layer)


def _max_of_volumes(site: Site, layer: Any, x: Tensor, out: Shape) -> Tensor:
    """The largest of rows and columns, then of what is behind them: MaxPooling3D of the WASM backend takes others."""
    if None in x.shape[1:]:
        refuse(layer, "takes volumes of any size, which TensorFlow.js cannot", "give the Input a fixed shape")
    batch, depth, height, width, channels = x.shape
    sizes, strides = _each(layer.pool_size, 3), _each(layer.strides, 3)

    def pool(image: Tensor, size: list[int], stride: list[int], shape: Shape, role: str) -> Tensor:
        config = {
            "pool_size": size,
            "strides": stride,
            "padding": layer.padding,
            "data_format": "channels_last",
        }
        return site.add("MaxPooling2D", image, config, shape=shape, role=role)

    _, deep, high, wide, _ = out
    x = site.permute(x, [2, 3, 1, 4], "depth_behind")
    x = site.reshape(x, (height, width, depth * channels), "as_image")
    x = pool(x, sizes[1:], strides[1:], (batch, high, wide, depth * channels), "")
    x = site.reshape(x, (high * wide, depth, channels), "as_image_2")
    x = pool(x, [1, sizes[0]], [1, strides[0]], (batch, high * wide, deep, channels), "depth")
    return site.permute(
        site.reshape(x, (high, wide, deep, channels), "as_volume"), [3, 1, 2, 4], "depth_first"
    )


def _each(value: Any, axes: int) -> list[int]:
    return [int(one) for one in value] if isinstance(value, list | tuple) else [int(value)] * axes


@rule(
    "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D",
    "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D",
)  # fmt: skip
def _global_pooling(site: Site, layer: Any, call: Call) -> Tensor:
    x, name = channels_last(site, call.x, layer), type(layer).__name__
    channels = x.shape[-1]
    if name.endswith("3D"):
        x, name = site.reshape(x, (None, 1, channels), "as_image"), f"{name[:-2]}2D"
    config = {} if name.endswith("1D") else {"data_format": "channels_last"}
    pooled = (x.shape[0], channels)
    if not layer.keepdims:
        return site.add(name, x, config, shape=pooled)
    return site.reshape(site.add(name, x, config, shape=pooled), call.shape[1:], "keep_axes")


# Cutting and filling. TensorFlow.js does both to images alone; a sequence is an image one pixel wide, and a volume is
# one image of rows and columns-with-channels, then another of columns.


@rule("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D")
def _padding(site: Site, layer: Any, call: Call) -> Tensor:
    return _on_images(site, layer, call, "ZeroPadding2D", "padding", layer.padding)


@rule("Cropping1D", "Cropping2D", "Cropping3D")
def _cropping(site: Site, layer: Any, call: Call) -> Tensor:
    return _on_images(site, layer, call, "Cropping2D", "cropping", layer.cropping)


def _on_images(site: Site, layer: Any, call: Call, name: str, key: str, amounts: Any) -> Tensor:
    x, out = channels_last(site, call.x, layer), last_shape(call.shape, layer)
    pairs = [list(amounts)] if len(out) == 3 else [list(pair) for pair in amounts]

    def act(image: Tensor, two: list[list[int]], shape: Shape, role: str) -> Tensor:
        return site.add(name, image, {key: two, "data_format": "channels_last"}, shape=shape, role=role)

    return channels_back(site, _by_images(site, layer, x, out, pairs, act, [0, 0]), layer)


@rule("UpSampling1D", "UpSampling2D", "UpSampling3D")
def _upsampling(site: Site, layer: Any, call: Call) -> Tensor:
    interpolation = getattr(layer, "interpolation", "nearest")
    if interpolation not in ("nearest", "bilinear"):
        from course_utils.conversion.layers.resampling import resampled

        return resampled(site, layer, call)
    x, out = channels_last(site, call.x, layer), last_shape(call.shape, layer)
    sizes = _each(layer.size, len(out) - 2)
    if interpolation == "bilinear":
        return channels_back(site, _bilinear(site, x, sizes, out), layer)

    def act(image: Tensor, two: list[int], shape: Shape, role: str) -> Tensor:
        config = {"size": two, "data_format": "channels_last", "interpolation": "nearest"}
        return site.add("UpSampling2D", image, config, shape=shape, role=role)

    return channels_back(site, _by_images(site, layer, x, out, sizes, act, 1), layer)


def _bilinear(site: Site, x: Tensor, sizes: list[int], out: Shape) -> Tensor:
    """Linear interpolation between the centres of pixels, as Keras does it; TensorFlow.js goes by their corners.

    Each pixel is repeated 2n times and the mean over 2n is taken at every second place. Where the mean reaches over the
    edge it leaves out what is not there, which is the same as repeating the last pixel.
    """
    twice = [2 * size for size in sizes]
    large = [
        None if length is None else length * size for length, size in zip(x.shape[1:-1], twice, strict=True)
    ]
    config = {"size": twice, "data_format": "channels_last", "interpolation": "nearest"}
    repeated = site.add("UpSampling2D", x, config, shape=(x.shape[0], *large, x.shape[-1]), role="repeated")
    config = {"pool_size": twice, "strides": [2, 2], "padding": "same", "data_format": "channels_last"}
    return site.add("AveragePooling2D", repeated, config, shape=out)


def _by_images(
    site: Site,
    layer: Any,
    x: Tensor,
    out: Shape,
    amounts: list[Any],
    act: Callable[[Tensor, list[Any], Shape, str], Tensor],
    none: Any,
) -> Tensor:
    """Let `act`, which treats two axes of an image, treat the 1, 2 or 3 axes of `x` by `amounts`."""
    batch, channels = x.shape[0], x.shape[-1]
    if len(amounts) == 2:
        return act(x, amounts, out, "")
    if len(amounts) == 1:
        image = site.reshape(x, (x.shape[1], 1, channels), "as_image")
        done = act(image, [amounts[0], none], (batch, out[1], 1, channels), "")
        return site.reshape(done, out[1:], "as_steps")
    if None in x.shape[1:]:
        refuse(layer, "takes volumes of any size, which TensorFlow.js cannot", "give the Input a fixed shape")
    depth, height, width = x.shape[1:-1]
    image = site.reshape(x, (depth, height, width * channels), "as_image")
    first = act(image, amounts[:2], (batch, out[1], out[2], width * channels), "")
    image = site.reshape(first, (out[1] * out[2], width, channels), "as_image_2")
    second = act(image, [none, amounts[2]], (batch, out[1] * out[2], out[3], channels), "width")
    return site.reshape(second, out[1:], "as_volume")
