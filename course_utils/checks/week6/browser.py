"""Parts 2 and 3: a model for the page, and a `model.json` that no browser loads, mended."""

import copy
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.checks.collecting import Data, Namespace, attempt, call
from course_utils.checks.judging import Reading, Step, Wording, read, read_numbers, say_kind
from course_utils.checks.plain import describe
from course_utils.checks.registry import Check, Expected, Inputs
from course_utils.checks.week6 import converting, loading
from course_utils.checks.week6.networks import answers, keras_model, pictures, weights

TO_BROWSER = {
    "model.json and its weights": 1.0,
    "a layers model that a browser loads": 1.0,
    "the weights of the model": 1.0,
    "takes bytes from 0 to 255": 1.0,
}
MEND = {
    "the shape of the input": 1.0,
    "the connections between layers": 1.0,
    "the names of the weights": 1.0,
    "nothing else": 1.0,
}
_CLOSE = 1e-4
_LONGEST = 200_000


def collect_to_browser(namespace: Namespace, inputs: Inputs) -> Data:
    """Have a model converted, and report the files and what the model in them answers."""
    seed = int(inputs["seed"])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "web"
        made = attempt(lambda: keras_model(weights(seed)), namespace)
        if "error" in made:
            return {**made, "name": "to_browser"}
        called = call(namespace, "to_browser", made["answer"], str(folder))
        if "answer" not in called:
            return called
        files = sorted(folder.glob("*"))[:20] if folder.is_dir() else []
        facts: Data = {"sizes": {file.name: file.stat().st_size for file in files if file.is_file()}}
        model_json = folder / "model.json"
        if model_json.is_file() and model_json.stat().st_size <= _LONGEST:
            facts["text"] = model_json.read_text(encoding="utf-8", errors="replace")
            facts["said"] = attempt(
                lambda: _said(model_json, pictures(seed, int(inputs["count"]))), namespace
            )
    return {**called, **facts}


def _said(model_json: Path, images: np.ndarray) -> Data:
    """What the model in the files answers to images from 0 to 1, and to the same as bytes."""
    return {
        name: describe(converting.answered(model_json, given))
        for name, given in (("shares", images), ("bytes", images * 255))
    }


def judge_to_browser(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the files, whether a browser takes them, and what they compute."""
    seed = int(inputs["seed"])
    network, images = weights(seed), pictures(seed, int(inputs["count"]))
    problem = "" if "answer" in data else read(data, words).problem
    sizes = data.get("sizes") if isinstance(data.get("sizes"), Mapping) else {}
    there = "model.json" in sizes and any(str(name) != "model.json" and size for name, size in sizes.items())
    found = problem or f"{', '.join(map(str, sizes)) or 'nothing'} in the folder"
    steps = [
        Step(
            "model.json and its weights",
            1.0,
            not problem and there,
            "model.json and one file of weights or more, in the folder that was named",
            found,
            "convert(model, 'tfjs-layers', folder, verify=0) writes both.",
        )
    ]
    fault = problem or loading.problem_of(data.get("text"), sizes)
    if fault and words.hidden:
        fault = problem or "files that a browser does not load"  # why would quote them
    steps.append(
        Step(
            "a layers model that a browser loads",
            1.0,
            not fault,
            "files that tf.loadLayersModel takes",
            fault or "such files",
            "Let course_utils.convert write model.json. Keras' own to_json is not what TensorFlow.js reads.",
        )
    )
    said = data.get("said") if isinstance(data.get("said"), Mapping) else {}
    both = said.get("answer") if isinstance(said.get("answer"), Mapping) else {}
    right, small = answers(network, images), answers(network, images / 255)
    as_bytes, as_shares = (read_numbers(both.get(key)) for key in ("bytes", "shares"))
    scaled, plain = _near(as_bytes, right), _near(as_shares, right)
    other = fault or (as_bytes.problem if as_bytes.value is None else "other answers than those of the model")
    steps.append(
        Step(
            "the weights of the model",
            1.0,
            not fault and (scaled or plain),
            "the answers of the original, to pictures from 0 to 1 or to the same pictures as bytes",
            other if fault or not (scaled or plain) else "its answers",
            "Neither train the model nor build another one: wrap the one that you are given.",
        )
    )
    if plain and not scaled:
        other = fault or "the right answers to pictures from 0 to 1: the scaling is missing in the model"
    elif _near(as_shares, small):
        other = fault or "a model that divides where it should multiply"
    steps.append(
        Step(
            "takes bytes from 0 to 255",
            1.0,
            not fault and scaled,
            "the original's answers when the page hands over bytes, as a canvas has them",
            other if fault or not scaled else "its answers",
            "keras.Sequential([keras.Input(model.input_shape[1:]), keras.layers.Rescaling(1 / 255), model])",
        )
    )
    return steps


def _near(reading: Reading, wanted: np.ndarray) -> bool:
    value = reading.value
    return (
        value is not None and value.shape == wanted.shape and bool(np.all(np.abs(value - wanted) <= _CLOSE))
    )


def collect_mend(namespace: Namespace, inputs: Inputs) -> Data:
    """Give the student what model.json holds in the way of Keras 3, of both kinds of model."""
    found = {}
    for kind in ("sequential", "functional"):
        made = attempt(lambda kind=kind: trapped(int(inputs["seed"]), kind), namespace)
        if "error" in made:
            return {**made, "name": "mend"}
        given = copy.deepcopy(made["answer"])
        found[kind] = call_mend(namespace, made["answer"])
        found[kind]["changed"] = made["answer"] != given
    return {"name": "mend", "mended": found}


def call_mend(namespace: Namespace, document: dict[str, Any]) -> Data:
    """The document that the student's function returns, as text."""
    function = namespace.get("mend")
    if not callable(function):
        return {"missing": True, "name": "mend"}
    called = attempt(lambda: _as_text(function(document)), namespace)
    return {**called, "name": "mend"}


def _as_text(answer: object) -> Data:
    text = json.dumps(answer) if isinstance(answer, dict) else None
    return {"text": text if text is not None and len(text) <= _LONGEST else None, "kind": describe(answer)}


def trapped(seed: int, kind: str) -> dict[str, Any]:
    """A model.json in the way of Keras 3: what a converter writes that copies Keras' own description of a model."""
    import keras

    network = weights(seed)
    model = keras_model(network, kind)
    names = [f"{model.name}/{layer.name}/{weight.name}" for layer in model.layers for weight in layer.weights]
    manifest = [
        {"name": name, "shape": list(array.shape), "dtype": "float32"}
        for name, array in zip(names, network, strict=True)
    ]
    topology = {
        "keras_version": keras.__version__,
        "backend": "tensorflow",
        "model_config": json.loads(model.to_json()),
    }
    return {
        "format": "layers-model",
        "generatedBy": f"keras v{keras.__version__}",
        "convertedBy": "another converter",
        "modelTopology": topology,
        "weightsManifest": [{"paths": ["group1-shard1of1.bin"], "weights": manifest}],
    }


def judge_mend(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge each of the three repairs, and that nothing else was touched."""
    mended = data.get("mended") if isinstance(data.get("mended"), Mapping) else {}
    documents, problem = {}, "" if mended else read(data, words).problem
    for kind in ("sequential", "functional"):
        document, fault = _document(mended.get(kind), words)
        documents[kind] = document
        problem = problem or fault
    steps = []
    for name, fault, hint in (
        (
            "the shape of the input",
            _shapes,
            "Every InputLayer's config has batch_shape: TensorFlow.js reads batch_input_shape.",
        ),
        (
            "the connections between layers",
            _connections,
            "From {'args': [{'config': {'keras_history': ['image', 0, 0]}}]} make [['image', 0, 0, {}]].",
        ),
        (
            "the names of the weights",
            _names,
            "“small/hidden/kernel” must become “hidden/kernel”: the name of the model goes.",
        ),
    ):
        said = problem or next((said for kind in documents if (said := fault(documents[kind], kind))), "")
        if said and words.hidden:
            said = problem or "not so, in a file that you do not see"
        steps.append(Step(name, 1.0, not said, _WANTED[name], said or "as TensorFlow.js wants it", hint))
    whole = all(step.passed for step in steps)
    said = problem or (
        "nothing to compare: the repairs are not complete" if not whole else _rest(documents, mended)
    )
    steps.append(
        Step(
            "nothing else",
            1.0,
            not said,
            "the same layers, settings and shapes of weights, and the argument as it was",
            said or "so it is",
            "Begin with copy.deepcopy(document), change the copy, and return it.",
        )
    )
    return steps


_WANTED = {
    "the shape of the input": "a batch_input_shape in the config of each InputLayer",
    "the connections between layers": "inbound_nodes as lists of [name, 0, 0, {}], and the model's own ends as lists",
    "the names of the weights": "weights called by their layer, such as hidden/kernel",
}


def _document(called: object, words: Wording) -> tuple[Mapping[str, Any], str]:
    answer = called.get("answer") if isinstance(called, Mapping) else None
    if not isinstance(answer, Mapping):
        return {}, read(called, words).problem or "no answer that could be read"
    if not isinstance(answer.get("text"), str):
        kind = answer.get("kind")
        missing = isinstance(kind, Mapping) and kind.get("type") == "None"
        return (
            {},
            "None: is the “return” missing?" if missing else f"{say_kind(kind)} instead of a dictionary",
        )
    try:
        document = json.loads(answer["text"])
    except ValueError:
        return {}, "not a dictionary that could be read"
    return (document, "") if loading.layers_of(document) else ({}, "no layers in the modelTopology")


def _layers(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return loading.layers_of(document) or []


def _shapes(document: Mapping[str, Any], kind: str) -> str:
    from course_utils.checks.week6.networks import SIDE

    for layer in _layers(document):
        if layer.get("class_name") == "InputLayer":
            shape = layer.get("config", {}).get("batch_input_shape")
            if shape != [None, SIDE, SIDE, 1]:
                return loading.NO_SHAPE if shape is None else "another shape than the model had"
    return ""


def _connections(document: Mapping[str, Any], kind: str) -> str:
    layers = _layers(document)
    if kind == "sequential":
        return (
            ""
            if all(not layer.get("inbound_nodes") for layer in layers)
            else "connections that were not there"
        )
    before = ""
    for layer in layers:
        wanted = [] if layer.get("class_name") == "InputLayer" else [[[before, 0, 0, {}]]]
        if layer.get("inbound_nodes") != wanted:
            return f"{loading.NO_NODES}, in a functional model"
        before = str(layer.get("name"))
    return loading.ends_of(document)


def _names(document: Mapping[str, Any], kind: str) -> str:
    names = [
        str(weight.get("name"))
        for group in document.get("weightsManifest", [])
        for weight in group["weights"]
    ]
    wanted = ["hidden/kernel", "hidden/bias", "answer/kernel", "answer/bias"]
    return "" if names == wanted else f"{loading.NO_TARGET}: {names[0][:60] if names else 'nothing'}"


def _rest(documents: Mapping[str, Mapping[str, Any]], mended: Mapping[str, Any]) -> str:
    """What was changed beyond the repairs; "" where nothing was."""
    if any(mended[kind].get("changed") is not False for kind in documents):
        return "the dictionary that was passed in was changed"
    for document in documents.values():
        layers = _layers(document)
        kinds = [layer.get("class_name") for layer in layers]
        settings = [layer.get("config", {}) for layer in layers]
        shapes = [weight.get("shape") for group in document["weightsManifest"] for weight in group["weights"]]
        if kinds != ["InputLayer", "Flatten", "Dense", "Dense"]:
            return "other layers"
        if [one.get("activation") for one in settings[2:]] != ["relu", "softmax"]:
            return "other settings of the layers"
        if shapes != [list(array.shape) for array in weights(0)]:
            return "other shapes of the weights"
        if document.get("format") != "layers-model" or document["weightsManifest"][0].get("paths") is None:
            return "other entries beside the layers"
    return ""


CHECKS = (
    Check(
        "week6.to_browser",
        "Part 2, to_browser",
        TO_BROWSER,
        "week6/to-the-browser#the-scale-of-the-inputs",
        collect_to_browser,
        judge_to_browser,
    ),
    Check(
        "week6.mend",
        "Part 3, mend",
        MEND,
        "week6/version-trap#repair-it-by-hand",
        collect_mend,
        judge_mend,
    ),
)
