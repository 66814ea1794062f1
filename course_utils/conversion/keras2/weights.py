"""The weights of an .h5 of the Keras 2 years, in the order in which those versions wrote them."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.conversion.keras2.building import Stored, build
from course_utils.conversion.keras2.layers import Origin
from course_utils.conversion.keras2.parts import Part, Slot, made_of, slots
from course_utils.conversion.keras2.settings import ALIASES
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import h5py
    import keras

# Theano turned kernels by half a circle before it laid them on a picture.
_TURNED = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "ConvLSTM2D")


def load_h5(path: str | Path, *, trust: bool = False, name: str | None = None) -> keras.Model:
    """Read a whole model that Keras 2 or tf.keras saved as HDF5: same layers, same weights, same predictions.

    The model is not compiled: its optimizer, loss and metrics are not read. Where Keras 2's hard_sigmoid took part,
    the weights before it are 6/5 of those in the file, which makes that of Keras 3 compute the same.

    Args:
        path: the file.
        trust: whether Lambda layers, Python code in the file, may be unpacked.
        name: what to call the file in an error, where it is a copy.

    Raises:
        CourseError: one sentence; the file is damaged or holds weights alone, or a layer has no equal in Keras 3.
    """
    import h5py

    source = name or str(path)
    try:
        with h5py.File(path, "r") as file:
            return _load(file, source, trust=trust)
    except (OSError, RuntimeError, KeyError, UnicodeError) as error:
        raise CourseError(
            f"{source} is no HDF5 file with a whole model, or is damaged: save the model again."
        ) from error


def _load(file: h5py.File, source: str, *, trust: bool) -> keras.Model:
    from course_utils.conversion.keras2 import repair_model

    if "model_config" not in file.attrs:
        raise CourseError(
            f"{source} holds weights without their model: save the whole model with model.save, not save_weights."
        )
    try:
        config = json.loads(_text(file.attrs["model_config"]))
    except (ValueError, RecursionError) as error:
        raise CourseError(f"The model's config in {source} is no JSON: save the model again.") from error
    version = _text(file.attrs.get("keras_version", "1"))
    backend = _text(file.attrs.get("backend", "tensorflow"))
    if version.startswith("1"):
        raise CourseError(f"{source} was saved by Keras 1: load it in Keras 2.0 and save it there first.")
    origin = Origin(corners=_from_corners(version), trust=trust)
    repaired = repair_model(config, origin)
    group = file.get("model_weights", file)
    matching = partial(_matched, repaired.part, group, source, backend == "theano")
    return build(repaired, matching, source, file.id.get_filesize(), trust=trust)


def _from_corners(version: str) -> bool:
    """Whether bilinear enlargement started at the pixels' corners, as TensorFlow 1 did under Keras of its own."""
    return not version.endswith("-tf") and version.startswith(("2.0", "2.1.", "2.2.", "2.3."))


def _matched(
    part: Part, group: h5py.Group, source: str, turned: bool, model: keras.Model
) -> list[tuple[Slot, Stored]]:
    """Each weight of the model with that of the file."""
    names = [name for name in _names(group, "layer_names") if _names(group[name], "weight_names")]
    expected = [
        (child, slots(child, made_of(child, model))) for child in part.children if not child.is_operation
    ]
    expected = [(child, own) for child, own in expected if own]
    if len(names) != len(expected):
        raise CourseError(
            f"{source} has weights for {len(names)} layers, but its model has {len(expected)} with weights: save the "
            "model again."
        )
    by_name = {child.name: (child, own) for child, own in expected}
    if set(by_name) != set(names):
        # Rows of layers in Keras 2.1 may leave a model inside without its name; Keras itself goes by the order.
        by_name = dict(zip(names, expected, strict=True))
    found: list[tuple[Slot, Stored]] = []
    for name in names:
        child, own = by_name[name]
        stored = [_stored(group[name], weight) for weight in _names(group[name], "weight_names")]
        found += _one_layer(child, own, stored, source)
    return [(slot, _turned(slot, weight) if turned else weight) for slot, weight in found]


def _one_layer(child: Part, own: list[Slot], stored: list[Stored], source: str) -> list[tuple[Slot, Stored]]:
    """The weights of one layer, or of all in a model inside: those that were trained come first in the file."""
    orders = [sorted(own, key=lambda slot: not slot.trainable), own]
    for order in orders:
        if len(order) == len(stored) and all(map(_fits, order, stored)):
            return list(zip(order, stored, strict=True))
    if len(own) != len(stored):
        raise CourseError(
            f"The layer {child.name} has {len(stored)} weights in {source}, but needs {len(own)}: save the model again."
        )
    for slot, weight in zip(orders[0], stored, strict=True):
        if not _fits(slot, weight):
            raise CourseError(
                f"The weight {weight.name} in {source} has the shape {list(weight.shape)}, but the layer {child.name} "
                f"needs {slot.name} of {list(slot.shape)} there: save the model again."
            )
    raise AssertionError("one of the two has failed")


def _fits(slot: Slot, stored: Stored) -> bool:
    name = stored.name.split(":")[0].rsplit("/", 1)[-1]
    return name == slot.name.rsplit("/", 1)[-1] and tuple(stored.shape) == slot.shape


def _stored(group: h5py.Group, name: str) -> Stored:
    data = group[name]
    return Stored(name, tuple(data.shape), lambda: np.asarray(data))


def _turned(slot: Slot, stored: Stored) -> Stored:
    """The kernel of a convolution as TensorFlow lays it, from a file of Theano's."""
    kernel = slot.name == "kernel" or (
        slot.name == "recurrent_kernel" and slot.part.class_name == "ConvLSTM2D"
    )
    if not kernel or ALIASES.get(slot.part.class_name, slot.part.class_name) not in _TURNED:
        return stored
    axes = tuple(range(len(stored.shape) - 2))
    return Stored(stored.name, stored.shape, lambda: np.flip(stored.read(), axes))


def _names(group: h5py.Group, name: str) -> list[str]:
    """The names in an attribute, which lies in several where it is longer than HDF5 allows."""
    if name in group.attrs:
        found = list(group.attrs[name])
    else:
        found, part = [], 0
        while f"{name}{part}" in group.attrs:
            found += list(group.attrs[f"{name}{part}"])
            part += 1
    return [_text(item) for item in found]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
