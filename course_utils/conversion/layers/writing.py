"""Write a TensorFlow.js layers model: model.json and the weights beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.conversion.formats import Written
from course_utils.conversion.shards import write_weights
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import keras


def write(model: keras.Model, folder: Path, quantize: str = "none") -> Written:
    """Write `model` for `tf.loadLayersModel`.

    Where TensorFlow.js has a layer of the same name that computes something else, or has none, other layers of it are
    written that compute the same; the notes say so where a user would wonder.

    Args:
        model: a built Keras model: Sequential, or made of inputs and outputs.
        folder: where model.json and its shards are put; it exists.
        quantize: "none", "float16" or "uint8", as `course_utils.conversion.shards` stores weights.

    Returns:
        The files, and sentences for the user.

    Raises:
        CourseError: TensorFlow.js' layers cannot express the model; nothing was written then. The sentence names the
            layer and what to do instead.
    """
    import keras

    from course_utils.conversion.layers.topology import model_config, named_weights
    from course_utils.conversion.layers.translation import translate

    graph, notes = translate(model)
    topology = {
        "keras_version": keras.__version__,
        "backend": "tensorflow",
        "model_config": model_config(graph),
    }
    try:
        json.dumps(topology, allow_nan=False)
    except ValueError as error:
        raise CourseError(
            f"A layer of {model.name} has NaN or infinity among its settings, which model.json cannot hold: "
            "give it a number."
        ) from error
    manifest = write_weights(named_weights(graph), folder, quantize)
    whole = {
        "format": "layers-model",
        "generatedBy": f"keras v{keras.__version__}",
        "convertedBy": "course_utils",
        "modelTopology": topology,
        "weightsManifest": manifest,
    }
    path = folder / "model.json"
    path.write_text(json.dumps(whole, allow_nan=False), encoding="utf-8")
    paths = [folder / name for group in manifest for name in group["paths"]]
    return Written((path, *paths), notes)
