"""Parts 5 and 7: a trained head for three gestures and one for five, shown hands of people that nobody has seen."""

from functools import cache, partial
from typing import Any

import numpy as np

from course_utils.checks.collecting import Data, Namespace, attempt
from course_utils.checks.judging import Reading, Step, Wording, read_numbers
from course_utils.checks.models import describe_model
from course_utils.checks.networks import Built
from course_utils.checks.plain import describe
from course_utils.checks.registry import Check, Expected, Inputs
from course_utils.checks.week5.coding import decode
from course_utils.checks.week5.cutting import are_probabilities

MOST_PARAMETERS = {3: 1_000, 5: 1_500}
# What each head has to reach, with room for classes whose hands are hard.
_LEAST, _WELL, _WELL_OF_FIVE, _OF_EACH = 0.6, 0.8, 0.7, 0.25
THREE = {
    "features in, three probabilities out": 1.0,
    "at most 1,000 parameters": 1.0,
    "knows 60% of strangers' hands": 1.0,
    "knows 80% of strangers' hands": 1.0,
}
FIVE = {
    "features in, five probabilities out": 1.0,
    "at most 1,500 parameters": 1.0,
    "tells each of the five": 1.0,
    "knows 70% of strangers' hands": 1.0,
}


@cache
def _backbone() -> Any:
    from course_utils import backbones

    return backbones.gestures()


def collect_trained(name: str, namespace: Namespace, inputs: Inputs) -> Data:
    """Describe the head, and what the backbone says of hands; the head itself is computed by whoever judges."""
    from course_utils import backbones

    head = namespace.get(name)
    if not callable(head):
        return {"missing": True, "name": name}
    shown = backbones.features(_backbone(), decode(inputs["pictures"]))
    return {**attempt(lambda: describe_model(head), namespace), "name": name, "features": describe(shown)}


def judge_trained(
    name: str, classes: int, data: Data, inputs: Inputs, expected: Expected, words: Wording
) -> list[Step]:
    """Judge the head's form, its size, and how many hands it recognises."""
    built = Built.of(data, words)
    problem = f"there is no variable called {name}" if data.get("missing") else built.unread
    shown = read_numbers(data.get("features"))
    if problem or shown.value is None:
        answers = Reading(None, problem=problem or shown.problem)
    else:
        answers = built.answers(shown.value)
    labels = np.asarray(expected["labels"])
    formed, said = are_probabilities(answers, (len(labels), classes))
    count = built.network.parameters if built.network else 0
    fits = not problem and 0 < count <= MOST_PARAMETERS[classes]
    value = answers.value
    shaped = value is not None and value.ndim == 2 and len(value) == len(labels)
    right = value.argmax(axis=1) == labels if shaped else np.zeros(len(labels), bool)
    found = answers.problem or (said if not shaped else _counted(right, words))
    number = {3: "three", 5: "five"}[classes]
    steps = [
        Step(
            f"features in, {number} probabilities out",
            1.0,
            formed,
            f"256 features in, {classes} probabilities for each picture out",
            said,
            f"keras.Input((256,)) and Dense({classes}, activation='softmax') are enough.",
        ),
        Step(
            f"at most {MOST_PARAMETERS[classes]:,} parameters",
            1.0,
            fits,
            f"at most {MOST_PARAMETERS[classes]:,} parameters",
            problem or f"{count:,} parameters",
            "One dense layer on the features has 256 weights and a bias for each class.",
        ),
    ]
    if classes == 3:
        known = {"knows 60% of strangers' hands": _LEAST, "knows 80% of strangers' hands": _WELL}
    else:
        known = {"knows 70% of strangers' hands": _WELL_OF_FIVE}
        steps.append(_each(right, labels, found, words))
    return [*steps, *(_known(name, right, share, found) for name, share in known.items())]


def _counted(right: np.ndarray, words: Wording) -> str:
    return "too few of them" if words.hidden else f"{int(right.sum())} of {len(right)}"


def _known(name: str, right: np.ndarray, share: float, found: str) -> Step:
    passed = bool(right.mean() >= share)
    return Step(
        name,
        1.0,
        passed,
        f"at least {share:.0%} of the hands of people who are in no part of the data",
        "enough of them" if passed else found,
        "More epochs, or a learning rate of 0.01 to 0.05 for Adam: features are small numbers. Are features and labels "
        "in the same order?",
    )


def _each(right: np.ndarray, labels: np.ndarray, found: str, words: Wording) -> Step:
    from course_utils.data.hand_anatomy import GESTURES

    weak = [GESTURES[label] for label in np.unique(labels) if right[labels == label].mean() < _OF_EACH]
    if right.any() and weak:
        found = "some gestures are not" if words.hidden else f"hardly ever: {', '.join(weak)}"
    return Step(
        "tells each of the five",
        1.0,
        bool(right.any()) and not weak,
        "each gesture in at least a quarter of its pictures",
        "all five" if not weak else found,
        "A head only knows the classes that it was shown: train it on all five, rows 0 to 4 of the labels.",
    )


THREE_CHECK = Check(
    "week5.train_head",
    "Part 5, train_head",
    THREE,
    "week5/new-head#cut",
    partial(collect_trained, "head"),
    partial(judge_trained, "head", 3),
)
FIVE_CHECK = Check(
    "week5.five_head",
    "Part 7, five_head",
    FIVE,
    "week5/five-classes#five-classes",
    partial(collect_trained, "five_head"),
    partial(judge_trained, "five_head", 5),
)
