"""What a Keras model is called with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course_utils.errors import CourseError

if TYPE_CHECKING:
    import keras


def input_structure(model: keras.Model) -> Any:
    """A tensor, or a list or dict of them, each leaf with shape and dtype.

    Raises:
        CourseError: the model was never called and says nothing of its inputs.
    """
    from keras.src.export.export_utils import get_input_signature

    for owner in (model, getattr(model, "_functional", None)):
        structure = getattr(owner, "_inputs_struct", None)
        if structure is not None:
            return structure
    try:
        signature = get_input_signature(model)
    except ValueError:
        raise CourseError(
            f"The model {model.name} has never been called, so the shape of its input is unknown: "
            "call it once on a batch of data, or give it an Input layer."
        ) from None
    return signature[0] if len(signature) == 1 else signature
