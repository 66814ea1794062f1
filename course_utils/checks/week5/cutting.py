"""Parts 1 to 3: a network cut before its last layer, a new head on top, and features of many pictures."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from course_utils.checks.collecting import Data, Namespace, attempt, call
from course_utils.checks.judging import Reading, Step, Wording, compare, read
from course_utils.checks.models import describe_model
from course_utils.checks.networks import Built
from course_utils.checks.registry import Check, Expected, Inputs

CUT = {
    "a row of numbers for each picture": 1.0,
    "what the last layer is given": 1.0,
    "the network's own weights": 1.0,
}
HEAD = {
    "a probability for each new class": 1.0,
    "sits on the features": 1.0,
    "only the head learns": 1.0,
}
FEATURES = {
    "a row of features for each picture": 1.0,
    "colours from 0 to 1": 1.0,
    "at most 32 pictures at once": 1.0,
}
#: The most pictures that may go through the backbone at once.
MOST_AT_ONCE = 32


def small_network(inputs: Inputs) -> Any:
    """A network as large as needed to be cut: a convolution, a mean over each map, and a softmax of its own classes."""
    import keras

    kernel, bias, top = (np.asarray(inputs[name], np.float32) for name in ("kernel", "bias", "top"))
    side = np.shape(inputs["pictures"])[1]
    image = keras.Input((side, side, 3))
    x = keras.layers.Conv2D(kernel.shape[-1], kernel.shape[0], activation="relu", name="maps")(image)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    said = keras.layers.Dense(top.shape[1], activation="softmax", name="names")(x)
    network = keras.Model(image, said)
    network.set_weights([kernel, bias, top, np.zeros(top.shape[1], np.float32)])
    return network


def collect_cut(namespace: Namespace, inputs: Inputs) -> Data:
    """Cut a small network, ask the part that is left, and ask again when the network has learnt something else."""
    function = namespace.get("cut")
    if not callable(function):
        return {"missing": True, "name": "cut"}
    network = small_network(inputs)
    found: Data = {}

    def ask() -> Data:
        left = function(network)
        first = describe_model(left)
        network.get_layer("maps").set_weights(
            [np.asarray(inputs["later kernel"], np.float32), np.asarray(inputs["bias"], np.float32)]
        )
        found["again"] = {"answer": describe_model(left), "name": "cut"}
        return first

    return {"first": {**attempt(ask, namespace), "name": "cut"}, **found}


def judge_cut(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge shape, numbers, and whether the weights are shared."""
    pictures = np.asarray(inputs["pictures"], np.float32)
    first, later = (
        Built.of(one, words).answers(pictures)
        if isinstance(one, Mapping)
        else Reading(None, problem="nothing")
        for one in (data if data.get("missing") else data.get("first"), data.get("again"))
    )
    wanted = np.asarray(expected["features"])
    shaped = first.value is not None and first.value.shape == wanted.shape
    if first.value is None:
        found = first.problem
    elif first.value.shape == np.shape(expected["answers"]):
        found = "as many numbers as the network has classes: its answers, not its features"
    else:
        found = f"numbers of shape {first.value.shape}"
    right, said = compare(first, wanted, words, tolerance=1e-4, mistakes=expected["mistakes"])
    again, _ = compare(later, expected["later features"], words, tolerance=1e-4)
    return [
        Step(
            "a row of numbers for each picture",
            1.0,
            shaped,
            f"{wanted.shape[1]} numbers for each picture: one for each map",
            found if not shaped else "such rows",
            "keras.Model(network.inputs, …) with the output of the layer before the last: network.layers[-2].output.",
        ),
        Step(
            "what the last layer is given",
            1.0,
            right,
            "the numbers that go into the network's last layer",
            said,
            "Nothing is to be built anew or trained: the new model ends earlier, and that is all.",
        ),
        Step(
            "the network's own weights",
            1.0,
            right and again,
            "other features as soon as the network's weights are others",
            "a copy with weights of its own" if right else said,
            "keras.Model over existing layers shares them. A copy takes the memory twice.",
        ),
    ]


def collect_head(namespace: Namespace, inputs: Inputs) -> Data:
    """Put a new head on a small network, and describe what comes of it."""
    function = namespace.get("with_new_head")
    if not callable(function):
        return {"missing": True, "name": "with_new_head"}
    network = small_network(inputs)
    facts = attempt(lambda: describe_model(function(network, int(inputs["classes"]))), namespace)
    return {**facts, "name": "with_new_head"}


def judge_head(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the answers, what the head looks at, and which weights training would change."""
    built = Built.of(data, words)
    problem, classes = built.unread, int(inputs["classes"])
    answers = built.answers(np.asarray(inputs["pictures"], np.float32))
    right, said = are_probabilities(answers, (len(inputs["pictures"]), classes))
    weights = [layer.weights[0] for layer in built.network.owners if layer.weights] if built.network else []
    width, wanted, old = weights[-1][0] if weights else 0, len(inputs["bias"]), np.shape(inputs["top"])[1]
    if not problem and width == old:
        seen = f"a layer that is given {old} numbers: the old network's answers"
    else:
        seen = problem or f"a layer that is given {width} numbers"
    learnt, head = built.network.trainable if built.network else [], [list(one) for one in weights[-1:]]
    alone = bool(head) and learnt in (head, [*head, [classes]])
    if problem or alone:
        learns = problem or "only the head"
    else:
        learns = "the old network's weights too" if learnt else "nothing: the new layer is frozen too"
    return [
        Step(
            "a probability for each new class",
            1.0,
            right,
            f"{inputs['classes']} numbers for each picture, none below 0, that add up to 1",
            said,
            "keras.layers.Dense(classes, activation='softmax') on the features.",
        ),
        Step(
            "sits on the features",
            1.0,
            not problem and width == wanted,
            f"a last layer that is given the {wanted} features",
            seen,
            "The old answers have thrown away what does not matter for the old classes. Use what cut(network) gives.",
        ),
        Step(
            "only the head learns",
            1.0,
            alone,
            "training changes the weights of the new layer, and no others",
            learns,
            "features.trainable = False freezes all its layers. Do it before the model is compiled.",
        ),
    ]


def are_probabilities(answers: Reading, shape: tuple[int, int]) -> tuple[bool, str]:
    """Whether the answers are probabilities of that shape, and what they are in words."""
    value = answers.value
    if value is None:
        return False, answers.problem
    if value.shape != shape:
        return False, f"numbers of shape {value.shape} instead of {shape}"
    if not np.all(np.isfinite(value)):
        return False, "NaN or infinity"
    if np.any(value < -1e-6) or np.any(np.abs(value.sum(axis=1) - 1) > 1e-3):
        return False, "numbers that are no probabilities: is the softmax missing?"
    return True, "such probabilities"


def collect_features(namespace: Namespace, inputs: Inputs) -> Data:
    """Let pictures through a backbone that gives their mean colours, and notes how many come at once."""
    import keras
    import tensorflow as tf

    sizes: list[int] = []

    def note(pictures: np.ndarray) -> np.ndarray:
        sizes.append(len(pictures))
        return pictures

    class Counter(keras.layers.Layer):
        """Notes how many pictures pass; not compiled, since what is compiled cannot note anything."""

        def __init__(self) -> None:
            super().__init__()
            self.supports_jit = False

        def call(self, pictures: Any) -> Any:
            seen = tf.numpy_function(note, [pictures], tf.float32)
            return tf.ensure_shape(seen, pictures.shape)

    random = np.random.default_rng(int(inputs["seed"]))
    pictures = random.integers(0, 256, (int(inputs["count"]), 4, 4, 3), dtype=np.uint8)
    image = keras.Input((4, 4, 3))
    backbone = keras.Model(image, keras.layers.GlobalAveragePooling2D()(Counter()(image)))
    found = call(namespace, "features_of", backbone, pictures)
    return {**found, "most": max(sizes, default=0)}


def judge_features(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge shape, range and how many pictures went through at once."""
    answer = read(data, words)
    shape = np.shape(expected["features"])
    shaped = answer.value is not None and answer.value.shape == shape
    right, said = compare(answer, expected["features"], words, tolerance=1e-3, mistakes=expected["mistakes"])
    most = data.get("most")
    few = shaped and isinstance(most, int) and not isinstance(most, bool) and 0 < most <= MOST_AT_ONCE
    at_once = "fewer" if few else f"{most} at once" if isinstance(most, int) and most else "none that passed"
    return [
        Step(
            "a row of features for each picture",
            1.0,
            shaped,
            f"numbers of shape {shape}" if not words.hidden else "a row for each picture, in their order",
            "such rows"
            if shaped
            else answer.problem
            or ("rows of another number" if words.hidden else f"numbers of shape {answer.value.shape}"),
            "np.concatenate puts the rows of all batches below each other. Do not forget the last, smaller one.",
        ),
        Step(
            "colours from 0 to 1",
            1.0,
            right,
            "the features of the pictures, their colours divided by 255",
            said,
            "The backbone learnt with colours from 0 to 1. pictures / np.float32(255) makes them of bytes.",
        ),
        Step(
            "at most 32 pictures at once",
            1.0,
            bool(few),
            f"at most {MOST_AT_ONCE} pictures in the backbone at a time",
            answer.problem or at_once,
            "for start in range(0, len(pictures), 32): – or backbone.predict, which takes 32 at a time by itself.",
        ),
    ]


CHECKS = (
    Check("week5.cut", "Part 1, cut", CUT, "week5/new-head#cut", collect_cut, judge_cut),
    Check(
        "week5.with_new_head",
        "Part 2, with_new_head",
        HEAD,
        "week5/new-head#freeze",
        collect_head,
        judge_head,
    ),
    Check(
        "week5.features_of",
        "Part 3, features_of",
        FEATURES,
        "week5/new-head#cut",
        collect_features,
        judge_features,
    ),
)
