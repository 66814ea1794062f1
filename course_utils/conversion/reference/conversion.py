"""A model converted by the reference converter, handed over in a form that it can read."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.conversion.formats import TFJS_GRAPH, TFJS_LAYERS, Written
from course_utils.conversion.reference.isolation import environment, variables
from course_utils.errors import CourseError, UsageError

if TYPE_CHECKING:
    import keras

    from course_utils.conversion.saved_model import SavedModelSource

_DRIVER = Path(__file__).with_name("driver.py")
_SECONDS = 900
NOTE = "Written by tensorflowjs 4.22 on TensorFlow 2.19."


def convert_with_reference(
    model: keras.Model | SavedModelSource,
    to: str,
    folder: Path,
    quantize: str = "none",
    *,
    as_it_is: bool = False,
) -> Written:
    """Write `model` into `folder` by tensorflowjs 4.22, the reference converter, in its own environment.

    For a graph model it gets a SavedModel. For a layers model the network is built again with Keras 2 there, since
    what it makes of a Keras 3 model TensorFlow.js refuses to load.

    Args:
        model: a built Keras model, or a SavedModel for the graph format.
        to: "tfjs-layers" or "tfjs-graph".
        folder: where model.json and its shards are to lie.
        quantize: "none", "float16" or "uint8".
        as_it_is: hand over the Keras 3 file as everybody does, which shows what is wrong with it.

    Raises:
        UsageError: another format was asked for.
        CourseError: there is no environment for it, or it could not convert the model.
    """
    if to not in (TFJS_LAYERS, TFJS_GRAPH):
        raise UsageError(f"The reference converter does not write {to}: leave --engine out.")
    (result,) = convert_all([Task(model, to, folder, quantize, as_it_is)])
    if isinstance(result, CourseError):
        raise result
    return result


@dataclass(frozen=True)
class Task:
    """One conversion for the reference converter; see `convert_with_reference`."""

    model: keras.Model | SavedModelSource
    to: str
    folder: Path
    quantize: str = "none"
    as_it_is: bool = False


def convert_all(tasks: Sequence[Task]) -> list[Written | CourseError]:
    """Convert many models in one process, which has TensorFlow to load once: what was written of each, or why not.

    Raises:
        CourseError: there is no environment for the reference converter, or it did not come to an end.
    """
    python = environment()
    with tempfile.TemporaryDirectory() as scratch:
        requests, refused = [], {}
        for number, task in enumerate(tasks):
            place = Path(scratch, str(number))
            place.mkdir()
            task.folder.mkdir(parents=True, exist_ok=True)
            try:
                form, source = _handed_over(task, place)
            except CourseError as error:
                refused[number] = error
                continue
            # Keras writes some models neither as a configuration nor as a SavedModel, and says so in many ways.
            except Exception as error:  # noqa: BLE001
                refused[number] = _refusal(
                    task, f"Keras cannot hand it over, {type(error).__name__}: {error}"
                )
                continue
            asked = {"form": form, "source": str(source), "to": task.to, "folder": str(task.folder)}
            requests.append(asked | {"quantize": task.quantize})
        file = Path(scratch, "requests.json")
        file.write_text(json.dumps(requests), encoding="utf-8")
        answers = iter(_run([str(python), "-I", str(_DRIVER), str(file)], len(requests)))
    return [refused.get(number) or _result(task, next(answers)) for number, task in enumerate(tasks)]


def _result(task: Task, error: str | None) -> Written | CourseError:
    if error is None:
        return Written(tuple(sorted(task.folder.iterdir())), (NOTE,))
    return _refusal(task, error)


def _refusal(task: Task, why: str) -> CourseError:
    return CourseError(
        f"The reference converter cannot write this model as {task.to} ({' '.join(why.split())[:400].rstrip('.')}): "
        "leave --engine out."
    )


def _handed_over(task: Task, scratch: Path) -> tuple[str, Path]:
    """The form and the place of what the driver reads."""
    import keras

    model, to = task.model, task.to
    if not isinstance(model, keras.Model):
        if to == TFJS_LAYERS:
            raise UsageError(
                f"{model.path} is no Keras model and has no layers: convert it with --to {TFJS_GRAPH}."
            )
        return "saved-model", model.path
    if to == TFJS_GRAPH:
        model.export(scratch / "saved_model", format="tf_saved_model", verbose=False)
        return "saved-model", scratch / "saved_model"
    if task.as_it_is:
        model.save(scratch / "model.keras")
        return "keras3", scratch / "model.keras"
    described = {"class_name": _kind(model), "config": model.get_config()}
    if described["class_name"] == "Sequential":
        described["config"]["build_input_shape"] = model.input_shape
    (scratch / "model.json").write_text(json.dumps(described), encoding="utf-8")
    np.savez(scratch / "weights.npz", **dict(_weights(model, described["config"], "")))
    return "description", scratch


def _kind(model: keras.Model) -> str:
    import keras

    if isinstance(model, keras.Sequential):
        return "Sequential"
    if "layers" not in model.get_config():
        raise CourseError(
            f"The model {model.name!r} says nothing of its layers, which the reference converter needs: write it with "
            "the functional API, or leave --engine out."
        )
    return "Functional"


def _weights(model: keras.Model, config: dict[str, Any], place: str) -> list[tuple[str, np.ndarray]]:
    """The weights by place: "3/0" is the first of layer 3, "3/1/0" is inside a model that is layer 3."""
    found = []
    # Operations that are no layers, such as a comparison, are in the configuration as well, and hold no weights.
    layers = {layer.name: layer for layer in model.layers}
    for index, described in enumerate(config["layers"]):
        layer = layers.get(described["config"].get("name", ""))
        if layer is None:
            continue
        if "layers" in described["config"]:
            found += _weights(layer, described["config"], f"{place}{index}/")
            continue
        kept = [weight for weight in layer.weights if "seed_generator" not in weight.path]
        found += [(f"{place}{index}/{number}", weight.numpy()) for number, weight in enumerate(kept)]
    return found


def _run(command: list[str], count: int) -> list[str | None]:
    """What the driver says of each of `count` requests: None, or what went wrong."""
    try:
        result = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            env=variables(),
            timeout=_SECONDS * max(1, count),
        )
    except subprocess.TimeoutExpired as error:
        raise CourseError(
            f"The reference converter was not done after {_SECONDS * count // 60} minutes: leave --engine out."
        ) from error
    answers = [json.loads(line)["error"] for line in result.stdout.splitlines()]
    if len(answers) == count:
        return answers
    lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
    # A crash inside TensorFlow ends the process; those after it were not tried.
    why = lines[-1][:300] if lines else f"it ended with exit status {result.returncode}"
    return [*answers, *[why] * (count - len(answers))]
