"""The way back: a TensorFlow.js layers model as a Keras model that computes the same, whoever wrote it.

Read are models that TensorFlow.js' own `model.save` wrote, those that converters made of Keras 2 models, as published
since 2018, those of Teachable Machine, and ours. What TensorFlow.js does with them is what counts: it names weights by
layers, takes a missing setting for its own default, and ignores what it does not know.
"""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.conversion import shards
from course_utils.conversion.formats import Written
from course_utils.conversion.keras2 import Origin, Part, repair_model
from course_utils.conversion.keras2.building import Stored, build
from course_utils.conversion.keras2.parts import Slot, slots
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import keras

# The largest model.json: ours of the deepest architectures take less than a megabyte.
_LARGEST = 200 * 2**20


def read(model_json: str | Path) -> keras.Model:
    """The layers model that `model_json` and the weights beside it hold, dequantised, not compiled.

    Where hard_sigmoid takes part, which TensorFlow.js computes as Keras 2 did, the weights before it are 6/5 of those
    in the file, which makes that of Keras 3 compute the same.

    Raises:
        CourseError: one sentence that names the file, the layer or the weight; the file is damaged, holds a graph
            model, or a layer has no equal in Keras 3.
    """
    path = Path(model_json)
    document = _document(path)
    topology = _topology(document, path)
    repaired = repair_model(_pythonic(topology), Origin(tfjs=True, corners=True))
    manifest = document.get("weightsManifest")
    if manifest is None:
        raise CourseError(f"{path} lists no weights: save the model with its weights.")
    weights = shards.read_weights(manifest, path.parent)
    for name in _optimizers(manifest):
        weights.pop(name, None)
    stored = sum(array.nbytes for array in weights.values())
    return build(repaired, partial(_matched, repaired.part, weights, path), str(path), stored)


def write_keras(model: keras.Model, folder: Path) -> Written:
    """Write `model` to model.keras in `folder`."""
    file = folder / "model.keras"
    model.save(file)
    return Written((file,))


def _document(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise CourseError(f"{path} is too large for the description of a model: name its model.json.")
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CourseError(
            f"{path} cannot be read ({error.strerror}): name the model.json of a model."
        ) from error
    except (ValueError, RecursionError) as error:
        raise CourseError(f"{path} is no JSON, or is cut short: copy or convert the model again.") from error
    if not isinstance(document, dict):
        raise CourseError(f"{path} is no TensorFlow.js model: name its model.json.")
    return document


def _topology(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """The {class_name, config} of the model."""
    topology = document.get("modelTopology", document)
    if isinstance(topology, dict) and (document.get("format") == "graph-model" or "node" in topology):
        raise CourseError(
            f"{path} is a graph model, whose layers are lost: convert the Keras model that it came from, or a layers "
            "model."
        )
    for key in ("model_config", "modelConfig"):
        if isinstance(topology, dict) and topology.get(key) is not None:
            topology = topology[key]
    if not isinstance(topology, dict) or not {"class_name", "className"} & set(topology):
        raise CourseError(f"{path} describes no layers: name the model.json of a TensorFlow.js layers model.")
    return topology


def _pythonic(value: Any, depth: int = 0) -> Any:
    """The topology with keys_like_this, of which TensorFlow.js takes keysLikeThis too."""
    if depth > 200:
        raise CourseError("The model's topology nests too deep to be one: convert the model again.")
    if isinstance(value, list):
        return [_pythonic(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_snake(key): _value(_snake(key), _pythonic(item, depth + 1)) for key, item in value.items()}
    return value


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"_{match[1].lower()}", name)


def _value(key: str, value: Any) -> Any:
    if key in ("data_format", "output_mode", "mode", "distribution") and isinstance(value, str):
        return _snake(value)
    return value


def _optimizers(manifest: Any) -> list[str]:
    """The names of weights that are an optimizer's, which TensorFlow.js saves on request."""
    return [
        entry["name"] for group in manifest for entry in group["weights"] if entry.get("group") == "optimizer"
    ]


def _matched(
    part: Part, weights: dict[str, np.ndarray], path: Path, model: keras.Model
) -> list[tuple[Slot, Stored]]:
    """Each weight of the model with that of its name, as Container.loadWeights of TensorFlow.js finds it."""
    wanted: dict[str, Slot] = {}
    for slot in slots(part, model):
        if wanted.setdefault(slot.path, slot).variable is not slot.variable:
            raise CourseError(
                f"Two layers in {path} are named {slot.path.rsplit('/', 1)[0]}, so that their weights cannot be told "
                "apart: name them differently and save the model again."
            )
    found: dict[str, tuple[Slot, Stored]] = {}
    for name, array in weights.items():
        # TensorFlow 2.2 and later name the cell between the recurrent layer and the weight.
        *above, _, last = ["", *name.split("/")] if "/" in name else ["", "", name]
        short = "/".join([*above, last]).lstrip("/")
        target = name if name in wanted else short
        if target not in wanted or target in found:
            raise CourseError(
                f"The weight {name} in {path} belongs to no layer of the model: convert it again."
            )
        found[target] = wanted[target], Stored(name, array.shape, lambda array=array: array)
    missing = [name for name in wanted if name not in found]
    if missing:
        raise CourseError(
            f"{path} lacks the weight {missing[0]}{f' and {len(missing) - 1} more' if missing[1:] else ''}: convert "
            "the model again."
        )
    return list(found.values())
