"""Parts 4 and 5: a convolutional network within two budgets, and what it has learnt."""

import math

import numpy as np

from course_utils.checks.collecting import Data, Namespace, attempt
from course_utils.checks.judging import Reading, Step, Wording, read, read_numbers
from course_utils.checks.models import collect_built
from course_utils.checks.networks import Built, Layer
from course_utils.checks.plain import describe
from course_utils.checks.registry import Check, Expected, Inputs
from course_utils.checks.week3.coding import SIDE, decode

MOST_PARAMETERS = 4_000
MOST_BYTES = 12_000
CLASSES = 10
BUILD = {
    "a picture in, ten probabilities out": 1.0,
    "convolves and pools": 1.0,
    "at most 4,000 parameters": 1.0,
    "feature maps of at most 12 kB": 1.0,
}
TRAIN = {"the loss falls": 1.0, "knows 60 of 100 new pictures": 1.0, "knows 90 of 100 new pictures": 1.0}


def collect_model(namespace: Namespace, inputs: Inputs) -> Data:
    """Build the student's model and describe it."""
    return collect_built(namespace)


def _numbers(layer: Layer) -> int:
    """How many numbers a layer gives for one picture. Flatten and Dropout give what they were given."""
    return 0 if layer.kind in ("Flatten", "Dropout") else math.prod(layer.shape)


def judge_model(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the shapes, the kinds of layers and the two budgets."""
    built = Built.of(data, words)
    problem, layers = built.unread, built.network.owners if built.network else ()
    answers = built.answers(decode(inputs["pictures"])[..., None])
    right, found = _are_probabilities(answers, len(inputs["pictures"]))
    outputs = Step(
        "a picture in, ten probabilities out",
        1.0,
        right,
        f"pictures of shape ({SIDE}, {SIDE}, 1) give {CLASSES} numbers each, none below 0, that add up to 1",
        found,
        f"Begin with keras.Input(shape=({SIDE}, {SIDE}, 1)) and end with Dense({CLASSES}, activation='softmax').",
    )
    convolves = any("Conv" in layer.kind for layer in layers)
    pools = any("Pooling" in layer.kind for layer in layers)
    lacking = [name for name, there in (("Conv2D", convolves), ("MaxPooling2D", pools)) if not there]
    kinds = Step(
        "convolves and pools",
        1.0,
        not problem and not lacking,
        "at least one Conv2D layer and one MaxPooling2D layer",
        problem or (f"no {' and no '.join(lacking)} layer" if lacking else "both"),
        "Two rounds of convolution and pooling, then Flatten, do well on pictures of this size.",
    )
    return [
        outputs,
        kinds,
        _budget(
            "at most 4,000 parameters",
            built.network.parameters if built.network else 0,
            MOST_PARAMETERS,
            "parameters",
            problem or _needs_layers(lacking),
            "model.summary() shows where they are: often in the Dense layer, which pooling makes smaller.",
        ),
        _budget(
            "feature maps of at most 12 kB",
            4 * sum(map(_numbers, layers)),
            MOST_BYTES,
            "bytes",
            problem or _needs_layers(lacking),
            "Every output of every layer counts 4 bytes. Fewer filters where the maps are still large help most.",
        ),
    ]


def _needs_layers(lacking: list[str]) -> str:
    return "a network without convolution, whose budget is of no interest" if "Conv2D" in lacking else ""


def _budget(name: str, value: int, most: int, unit: str, problem: str, hint: str) -> Step:
    kept = not problem and 0 < value <= most
    return Step(name, 1.0, kept, f"at most {most:,} {unit}", problem or f"{value:,} {unit}", hint)


def _are_probabilities(answers: Reading, count: int) -> tuple[bool, str]:
    value = answers.value
    if value is None:
        return False, answers.problem
    if value.shape != (count, CLASSES):
        return False, f"numbers of shape {value.shape} for {count} pictures"
    if not np.all(np.isfinite(value)):
        return False, "NaN or infinity"
    if np.any(value < -1e-6) or np.any(np.abs(value.sum(axis=1) - 1) > 1e-3):
        return False, "ten numbers that are no probabilities: is the softmax missing?"
    return True, "ten probabilities"


def collect_training(namespace: Namespace, inputs: Inputs) -> Data:
    """Report the losses of the training, and what the trained `model` says of new pictures."""
    model = namespace.get("model")
    if not callable(model):
        return {"missing": True, "name": "model"}
    pictures = decode(inputs["pictures"])[..., None]
    said = attempt(lambda: describe(np.asarray(model(pictures))), namespace)
    return {"said": {**said, "name": "model"}, "losses": describe(namespace.get("losses"))}


def judge_training(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the course of the losses, and the share of new pictures that were recognised."""
    missing = "there is no variable called model" if data.get("missing") else ""
    losses = Reading(None, problem=missing) if missing else read_numbers(data.get("losses"))
    values = losses.value
    falls, found = False, losses.problem
    if values is not None and (values.ndim != 1 or values.size < 2):
        found = f"{values.size} number(s) instead of one loss for each epoch"
    elif values is not None:
        falls = bool(np.all(np.isfinite(values)) and values[-1] <= 0.5 * values[0])
        found = f"{values[0]:.3g} at first and {values[-1]:.3g} at last"
    steps = [
        Step(
            "the loss falls",
            1.0,
            falls,
            "the loss of each epoch, the last at most half of the first",
            found,
            "model.fit(…) returns a history; history['loss'] of its history is the list to return.",
        )
    ]
    said = Reading(None, problem=missing) if missing else read(data.get("said"), words)
    labels = np.asarray(expected["labels"])
    right, found = -1, said.problem
    if said.value is not None:
        if said.value.shape == (len(labels), CLASSES):
            right = int(np.sum(said.value.argmax(axis=1) == labels))
            found = "too few of them" if words.hidden else f"{right} of {len(labels)}"
        else:
            found = f"numbers of shape {said.value.shape} for {len(labels)} pictures"
    for name, share in zip(list(TRAIN)[1:], (0.6, 0.9), strict=True):
        passed = right >= share * len(labels)
        hint = (
            "Are pictures and labels in the same order? Is fit given both?"
            if share == 0.6
            else "More epochs, smaller batches, or a learning rate around 0.003 to 0.01 for Adam."
        )
        wanted = f"at least {share:.0%} of pictures that were never trained on"
        steps.append(Step(name, 1.0, passed, wanted, found, hint))
    return steps


CHECKS = (
    Check(
        "week3.build_model",
        "Part 4, build_model",
        BUILD,
        "week3/dense-to-convolutional#a-network-that-convolves",
        collect_model,
        judge_model,
    ),
    Check(
        "week3.train_model",
        "Part 5, train_model",
        TRAIN,
        "week3/dense-to-convolutional#a-network-that-convolves",
        collect_training,
        judge_training,
    ),
)
