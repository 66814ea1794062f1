"""Resizing and cropping of pictures of a known size, as the matrices that they are.

Resizing of TensorFlow.js goes by the corners of the picture, forgets the batch in its shapes and crops nothing;
CenterCrop of it cuts beside the centre. Both are linear in the rows and in the columns: a Dense along each axis, whose
kernel is what Keras itself makes of unit pictures.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.conversion.layers.convolutions import channels_back, channels_last, last_shape
from course_utils.conversion.layers.registry import Call, refuse, rule
from course_utils.conversion.layers.sketch import Site, Tensor

#: Unit pictures that go through Keras at once.
_AT_ONCE = 32


@rule("CenterCrop")
def _center_crop(site: Site, layer: Any, call: Call) -> Tensor:
    _require_pictures(layer, call)
    x = channels_last(site, call.x, layer)
    spare = [size - wanted for size, wanted in zip(x.shape[1:3], (layer.height, layer.width), strict=True)]
    if min(spare) < 0:
        return resampled(site, layer, call)
    cropping = [[rest // 2, rest - rest // 2] for rest in spare]
    config = {"cropping": cropping, "data_format": "channels_last"}
    return channels_back(site, site.add("Cropping2D", x, config, shape=last_shape(call.shape, layer)), layer)


@rule("Resizing", "RandomCrop")
def _resizing(site: Site, layer: Any, call: Call) -> Tensor:
    _require_pictures(layer, call)
    if type(layer).__name__ == "RandomCrop":
        site.tell(
            f"{layer.name} (RandomCrop) crops at random in training only: written as what it does otherwise."
        )
    elif layer.pad_to_aspect_ratio:
        refuse(
            layer,
            "pads to keep the aspect ratio, which TensorFlow.js cannot",
            "pad with ZeroPadding2D before it",
        )
    return resampled(site, layer, call)


def _require_pictures(layer: Any, call: Call) -> None:
    if len(call.x.shape) != 4 or None in call.x.shape[1:]:
        refuse(
            layer, "takes pictures of any size, which TensorFlow.js cannot", "give the Input a fixed shape"
        )


def resampled(site: Site, layer: Any, call: Call) -> Tensor:
    """The layer as a matrix for the rows and one for the columns."""
    _require_pictures(layer, call)
    x, out = channels_last(site, call.x, layer), last_shape(call.shape, layer)
    height, width = x.shape[1:3]
    rows = _matrix(layer, height, width, along_rows=True)
    columns = _matrix(layer, height, width, along_rows=False)
    _check(layer, rows, columns, height, width)
    key = (height, width)
    x = site.permute(x, [3, 2, 1], "rows_last")
    x = _along_last(site, x, rows, "rows", key)
    x = site.permute(x, [1, 3, 2], "columns_last")
    x = _along_last(site, x, columns, "", key)
    site.tell(
        f"{layer.name} ({type(layer).__name__}) is written as two matrices, for pictures of {height} × {width}."
    )
    y = site.permute(x, [2, 3, 1], "channels_last_again")
    return channels_back(site, Tensor(y.layer, y.call, 0, out), layer)


def _along_last(site: Site, x: Tensor, matrix: np.ndarray, role: str, key: object) -> Tensor:
    config = {"units": matrix.shape[1], "activation": "linear", "use_bias": False, "trainable": False}
    shape = (*x.shape[:-1], matrix.shape[1])
    return site.add("Dense", x, config, shape=shape, weights=[("kernel", matrix)], role=role, key=key)


def _matrix(layer: Any, height: int, width: int, *, along_rows: bool) -> np.ndarray:
    """What becomes of each row (or column) of a picture: (before, after)."""
    size = height if along_rows else width
    parts = []
    for start in range(0, size, _AT_ONCE):
        count = min(_AT_ONCE, size - start)
        picture = np.zeros((1, height, width, count), np.float32)
        places = np.arange(count)
        if along_rows:
            picture[0, start + places, :, places] = 1
        else:
            picture[0, :, start + places, places] = 1
        made = _apply(layer, picture)
        middle = made[0, :, made.shape[2] // 2] if along_rows else made[0, made.shape[1] // 2]
        parts.append(middle.T)
    return np.ascontiguousarray(np.concatenate(parts), np.float32)


def _check(layer: Any, rows: np.ndarray, columns: np.ndarray, height: int, width: int) -> None:
    """That the two matrices are all that the layer does."""
    picture = np.random.default_rng(0).normal(size=(1, height, width, 1)).astype(np.float32)
    wanted = _apply(layer, picture)[0, :, :, 0]
    if np.abs(rows.T @ picture[0, :, :, 0] @ columns - wanted).max() > 1e-4:
        refuse(layer, "does more than TensorFlow.js can be told to")


def _apply(layer: Any, picture: np.ndarray) -> np.ndarray:
    """The Keras layer on pictures with their channels at the end."""
    first = getattr(layer, "data_format", None) == "channels_first"
    made = np.asarray(layer(np.moveaxis(picture, -1, 1) if first else picture, **_inference(layer)))
    return np.moveaxis(made, 1, -1) if first else made


def _inference(layer: Any) -> dict[str, bool]:
    return {"training": False} if type(layer).__name__ == "RandomCrop" else {}
