"""Part 1: what a `.keras` file holds, without loading the model."""

import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from course_utils.checks.collecting import Data, Namespace, attempt, call
from course_utils.checks.judging import Reading, Step, Wording, compare, read, say_kind, show
from course_utils.checks.registry import Check, Expected, Inputs

LOOK = {"the classes of its layers": 1.0, "the version of Keras": 1.0, "the bytes of its weights": 1.0}


def collect_look(namespace: Namespace, inputs: Inputs) -> Data:
    """Save a model, and ask for what is in its file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        written = attempt(lambda: _save(path, inputs), namespace)
        if "error" in written:
            return {**written, "name": "look_inside"}
        return {**call(namespace, "look_inside", str(path)), "bytes": written["answer"]}


def _save(path: Path, inputs: Inputs) -> list[int]:
    """A model with the given layers, as if the given version had written it; the bytes of its weights, twice.

    The first number is the size of the weights, the second that of their compressed form in the file.
    """
    import keras

    layers = [keras.Input((12,)), *(_layer(name) for name in inputs["layers"])]
    keras.Sequential(layers).save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(parts["metadata.json"])
    parts["metadata.json"] = json.dumps({**about, "keras_version": inputs["version"]}).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        stored = archive.getinfo("model.weights.h5")
        return [stored.file_size, stored.compress_size]


def _layer(name: str) -> object:
    import keras

    kind, _, units = name.partition(" ")
    return keras.layers.Dense(int(units)) if kind == "Dense" else getattr(keras.layers, kind)()


def judge_look(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the layers, the version and the bytes."""
    problem, items = _three(data, words)
    names, wanted = _texts(items[0]) if items else None, list(expected["classes"])
    if problem:
        found = problem
    elif names is None:
        found = f"{say_kind(items[0])} instead of a list of names"
    elif names == wanted[1:]:
        found = "the InputLayer is missing: config.json lists it too"
    else:
        found = words.wrong_value(", ".join(names))
    steps = [
        Step(
            "the classes of its layers",
            1.0,
            names == wanted,
            words.example(", ".join(wanted)),
            found if names != wanted else "these classes",
            "json.loads(archive.read('config.json'))['config']['layers'] holds a dictionary a layer, with class_name.",
        )
    ]
    version = items[1].get("value") if items else None
    right = isinstance(version, str) and version == inputs["version"]
    found = problem or (
        words.wrong_value(version) if isinstance(version, str) else f"{say_kind(items[1])} instead of text"
    )
    steps.append(
        Step(
            "the version of Keras",
            1.0,
            right,
            words.example(f"“{inputs['version']}”, which the file says of itself"),
            "this version" if right else found,
            "metadata.json holds it as keras_version. The version that is installed here is another matter.",
        )
    )
    sizes = [int(size) for size in data.get("bytes", [])][:2]
    reading = Reading(None, problem=problem) if problem else read(data, words, 2, 3)
    mistakes = {"the compressed size, as the archive stores it": sizes[1]} if len(sizes) == 2 else {}
    right, found = compare(reading, sizes[0] if sizes else np.nan, words, mistakes=mistakes)
    steps.append(
        Step(
            "the bytes of its weights",
            1.0,
            right,
            words.example(show(sizes[0]) if sizes else "a number of bytes"),
            found,
            "archive.getinfo('model.weights.h5').file_size is its size once it is unpacked.",
        )
    )
    return steps


def _three(data: Data, words: Wording) -> tuple[str, list]:
    """The three things that were returned, or the problem that stood in the way."""
    if "answer" not in data:
        return read(data, words).problem, []
    answer = data["answer"]
    items = answer.get("items")
    if not isinstance(items, list) or len(items) != 3:
        return f"{say_kind(answer)} instead of 3 values, as in “return classes, version, size”", []
    return "", items


def _texts(answer: object) -> list[str] | None:
    items = answer.get("items") if isinstance(answer, dict) else None
    if not isinstance(items, list) or not items:
        return None
    values = [item.get("value") for item in items]
    return values if all(isinstance(value, str) for value in values) else None


CHECKS = (
    Check(
        "week6.look_inside",
        "Part 1, look_inside",
        LOOK,
        "week6/saved-models#a-keras-file-is-an-archive",
        collect_look,
        judge_look,
    ),
)
