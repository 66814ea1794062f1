"""From a repaired config to a model of Keras 3, whose weights have proven their sizes before they take memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

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


def build(repaired: Repaired, matching: Matching, source: str, *, trust: bool = False) -> keras.Model:
    """The model, with the weights that `matching` finds for it.

    Args:
        repaired: its config.
        matching: gives each weight of the model that of the file, and raises CourseError where there is none.
        source: what to call the file in an error.
        trust: whether code in the file may be unpacked; it is run when the model is.

    Raises:
        CourseError: Keras cannot build it, or its weights do not fit.
    """
    import keras

    with _unallocated():
        try:
            model = keras.saving.deserialize_keras_object(repaired.config, safe_mode=not trust)
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
        pairs = matching(model)
        for slot, stored in pairs:
            if tuple(stored.shape) != slot.shape:
                raise CourseError(
                    f"The weight {stored.name} in {source} has the shape {list(stored.shape)}, but the model needs "
                    f"{list(slot.shape)}: save the model again."
                )
    with keras.StatelessScope():
        pass  # leaving it makes the variables, now that the file has shown that it holds as many numbers
    for slot, stored in pairs:
        values = stored.read()
        slot.variable.assign(values if slot.transform is None else slot.transform(values))
    for layer in model._flatten_layers():
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
    return model


@contextmanager
def _unallocated() -> Iterator[None]:
    """Within it, variables know their shapes and hold no numbers; none stays behind where something goes wrong."""
    import keras
    from keras.src.backend.common import global_state

    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    except BaseException:
        global_state.set_global_attribute("uninitialized_variables", [])
        raise


def _short(error: Exception) -> str:
    """The innermost reason of an error, as a part of a sentence."""
    reason = str(error).rsplit("Exception encountered:", 1)[-1]
    lines = [line.strip(" .:'\"") for line in reason.splitlines() if line.strip(" .:'\"")]
    return lines[0][:200] if lines else type(error).__name__
