"""Models of the Keras 2 years, and of TensorFlow.js, which keeps that form: loadable by Keras 3, computing the same.

`load_h5` reads a whole file. `repair_model` turns a config alone into one that Keras 3 loads, and says where each of
the file's weights belongs and what is done with it: a config is not enough where Keras 2's hard_sigmoid takes part,
which Keras 3 computes otherwise, so that weights have to make up for it.
"""

from __future__ import annotations

from typing import Any

from course_utils.conversion.keras2.layers import Origin, safe
from course_utils.conversion.keras2.models import model
from course_utils.conversion.keras2.parts import MODELS, Part, Repaired
from course_utils.conversion.keras2.values import Damaged, mapping, text, unwrapped
from course_utils.conversion.keras2.weights import load_h5
from course_utils.errors import CourseError

__all__ = ["Origin", "Part", "Repaired", "load_h5", "repair", "repair_model"]


def repair(config: dict[str, Any]) -> dict[str, Any]:
    """The config, for `keras.saving.deserialize_keras_object`, of a model that Keras 2 wrote as {class_name, config}.

    Raises CourseError, naming the layer, where Keras 3 cannot compute the same. See `repair_model` on the weights.
    """
    return repair_model(config).config


def repair_model(config: Any, origin: Origin | None = None) -> Repaired:
    """The config for Keras 3, and the parts of the model that the weights of the file belong to.

    Args:
        config: {"class_name": …, "config": …} as Keras 2 or TensorFlow.js wrote it.
        origin: whose it is; Keras 2's without.

    Raises:
        CourseError: one sentence that names the layer.
    """
    config = mapping(unwrapped(config), "the model")
    class_name = text(config.get("class_name"), "The class of the model")
    settings = config.get("config")
    if class_name not in MODELS and not (isinstance(settings, dict) and "layers" in settings):
        raise CourseError(
            f"The file holds a {class_name[:80]}, which is no model of layers: save a whole model."
        )
    if class_name not in MODELS:
        raise CourseError(
            f"The model is of a class of its own ({class_name[:80]}), whose code is not in the file: load it where "
            "that class is defined, and save it as a SavedModel."
        )
    name = settings.get("name") if isinstance(settings, dict) else None
    part = Part(str(name or "model"), safe(str(name or "model")), class_name)
    try:
        return Repaired(model(class_name, settings, part, origin or Origin()), part)
    # What values of the wrong kind, where no version of Keras puts them, lead to.
    except (
        TypeError,
        ValueError,
        KeyError,
        IndexError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise Damaged("The model's config is not one that Keras wrote: save the model again.") from error
