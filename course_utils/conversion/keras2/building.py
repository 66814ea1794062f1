"""From a repaired config to a model of Keras 3 with the weights of the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.conversion import configs
from course_utils.conversion.keras2.parts import Repaired, Slot
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import keras

# What a weight of the file holds: its shape, and the function that reads it.
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Stored:
    """A weight in a file."""

    name: str
    shape: Shape
    read: Callable[[], np.ndarray]


Matching = Callable[["keras.Model"], list[tuple[Slot, Stored]]]


def build(
    repaired: Repaired, matching: Matching, source: str, stored_bytes: int, *, trust: bool = False
) -> keras.Model:
    """The model, with the weights that `matching` finds for it.

    Args:
        repaired: its config.
        matching: gives each weight of the model that of the file, and raises CourseError where there is none.
        source: what to call the file in an error.
        stored_bytes: the size of the file's weights, which bounds those that are made.
        trust: whether code in the file may be unpacked; it is run when the model is.

    Raises:
        CourseError: Keras cannot build it, or its weights do not fit.
    """
    model = _made(repaired.config, source, stored_bytes, trust=trust)
    pairs = matching(model)
    for slot, stored in pairs:
        if tuple(stored.shape) != slot.shape:
            raise CourseError(
                f"The weight {stored.name} in {source} has the shape {list(stored.shape)}, but the model needs "
                f"{list(slot.shape)}: save the model again."
            )
    for slot, stored in pairs:
        values = stored.read()
        slot.variable.assign(values if slot.transform is None else slot.transform(values))
    for layer in model._flatten_layers():
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
    return model


def _made(config: dict[str, Any], source: str, stored_bytes: int, *, trust: bool) -> keras.Model:
    """The model, with weights of its own."""
    import keras

    with configs.weights_bounded(stored_bytes, source):
        try:
            model = keras.saving.deserialize_keras_object(config, safe_mode=not trust)
        except CourseError:
            raise
        # Keras raises whatever its layers do: ValueError, TypeError, KeyError, tf.errors …
        except Exception as error:
            raise CourseError(
                f"{source} describes a model that Keras cannot build ({_short(error)}): save it again."
            ) from error
    if not isinstance(model, keras.Model) or not model.built:
        raise CourseError(
            f"{source} describes a model without an input shape: call it once where it was made, and save it again."
        )
    return model


def _short(error: Exception) -> str:
    """The innermost reason of an error, as a part of a sentence."""
    reason = str(error).rsplit("Exception encountered:", 1)[-1]
    lines = [re.sub(r"\x1b\[\d*m", "", line).strip(" .:'\"") for line in reason.splitlines()]
    told = [line for line in lines if line and not line.startswith("Exception encountered when calling")]
    return told[0][:200] if told else type(error).__name__
