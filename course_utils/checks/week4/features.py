"""Parts 5 and 6: a network without its last layer, and pictures that are alike to it."""

from typing import Any

import numpy as np

from course_utils.checks.collecting import Data, Namespace, attempt, call
from course_utils.checks.judging import Step, Wording, compare, read, read_numbers, say_kind, show
from course_utils.checks.plain import describe
from course_utils.checks.registry import Check, Expected, Inputs
from course_utils.checks.week4.material import SIDE, network

EXTRACT = {
    "a Keras model for the same pictures": 1.0,
    "the numbers before the last layer": 1.0,
    "the network stays as it was": 1.0,
}
ALIKE = {"the most alike first": 1.0, "the length does not matter": 1.0}


def shown(inputs: Inputs) -> np.ndarray:
    """The prepared pictures on which both models are asked: float32 of shape (3, SIDE, SIDE, 3)."""
    random = np.random.default_rng(int(inputs["seed"]))
    return random.uniform(-1, 1, (3, SIDE, SIDE, 3)).astype(np.float32)


def collect_extractor(namespace: Namespace, inputs: Inputs) -> Data:
    """Make the student's model of the small network, and ask both."""
    function = namespace.get("feature_extractor")
    if not callable(function):
        return {"missing": True, "name": "feature_extractor"}
    facts = attempt(lambda: _facts(function, inputs), namespace)
    return {**facts, "name": "feature_extractor"}


def _facts(function: Any, inputs: Inputs) -> Data:
    import keras

    whole = network(int(inputs["network"]))
    made = function(whole)
    facts: Data = {"made": describe(made), "keras": isinstance(made, keras.Model)}
    if facts["keras"]:
        facts["input"] = describe(tuple(size or 0 for size in made.input_shape))
        facts["features"] = describe(np.asarray(made(shown(inputs))))
    facts["after"] = describe(np.asarray(whole(shown(inputs))))
    return facts


def judge_extractor(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the kind of thing, its numbers, and the network afterwards."""
    facts = data.get("answer", {})
    problem = "" if "answer" in data else read(data, words).problem
    if not problem and facts.get("keras") is not True:
        problem = f"{say_kind(facts.get('made'))} instead of a Keras model"
    shape = read_numbers(facts.get("input")).value if not problem else None
    same = shape is not None and shape.tolist() == [0, SIDE, SIDE, 3]
    right, found = (False, problem)
    stays, after = (False, problem)
    if not problem:
        right, found = compare(
            read_numbers(facts.get("features")),
            expected["features"],
            words,
            tolerance=1e-4,
            mistakes=expected["mistakes"],
        )
        if not right and read_numbers(facts.get("features")).value is not None:
            found = _shape(read_numbers(facts["features"]).value, expected, found)
        stays, after = compare(read_numbers(facts.get("after")), expected["after"], words, tolerance=1e-4)
    return [
        Step(
            "a Keras model for the same pictures",
            1.0,
            same,
            f"a keras.Model that takes pictures of shape ({SIDE}, {SIDE}, 3)",
            problem or ("such a model" if same else "a model for other pictures"),
            "keras.Model(network.input, …) begins where the network begins.",
        ),
        Step(
            "the numbers before the last layer",
            1.0,
            right,
            words.example(show(expected["features"])),
            found,
            "network.layers[-2].output is what goes into the last layer.",
        ),
        Step(
            "the network stays as it was",
            1.0,
            stays and same,
            "the network that was passed in answers as before",
            problem or ("as before" if stays else f"it answers otherwise now: {after}"),
            "Make a new model of its layers; change nothing in the network itself.",
        ),
    ]


def _shape(value: Any, expected: Expected, found: str) -> str:
    wanted = np.shape(expected["features"])
    if np.ndim(value) == 4:
        return "maps, with rows and columns: the pooling is still to come"
    if np.shape(value)[-1:] != wanted[-1:]:
        return f"{np.shape(value)[-1]} numbers for each picture instead of {wanted[-1]}"
    return found


def collect_alike(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for the most alike, once with the vectors as they are and once with some made longer."""
    vectors, query = np.asarray(inputs["vectors"]), np.asarray(inputs["query"])
    longer = vectors * np.asarray(inputs["lengths"])[:, None]
    count = int(inputs["count"])
    return {
        "plain": call(namespace, "most_alike", vectors, query.copy(), count),
        "longer": call(namespace, "most_alike", longer, query.copy(), count),
    }


def judge_alike(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge both orders: vectors of one length, and of many."""
    hints = {
        "plain": "np.argsort sorts upwards, and the largest cosine is wanted first: [::-1][:count].",
        "longer": "Divide each product by both lengths: vectors @ query / (|vector| · |query|).",
    }
    steps = []
    for name, key in zip(ALIKE, hints, strict=True):
        right, found = compare(
            read(data.get(key), words), expected["order"], words, mistakes=expected[f"{key} mistakes"]
        )
        steps.append(
            Step(name, 1.0, right, words.example(f"the places {show(expected['order'])}"), found, hints[key])
        )
    return steps


CHECKS = (
    Check(
        "week4.feature_extractor",
        "Part 5, feature_extractor",
        EXTRACT,
        "week4/what-layers-see#features-as-inputs",
        collect_extractor,
        judge_extractor,
    ),
    Check(
        "week4.most_alike",
        "Part 6, most_alike",
        ALIKE,
        "week4/what-layers-see#alike-to-the-network",
        collect_alike,
        judge_alike,
    ),
)
