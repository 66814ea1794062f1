"""Parts 8 and 9: a collection that keeps features and no frames, and how many samples fit into memory."""

import tracemalloc
from typing import Any

import numpy as np

from course_utils.checks.collecting import Data, Namespace, attempt, call
from course_utils.checks.judging import Step, Wording, compare, read, show
from course_utils.checks.plain import describe
from course_utils.checks.registry import Check, Expected, Inputs

COLLECTION = {
    "the features of each sample": 1.0,
    "their labels": 1.0,
    "looks at each frame once, when it comes": 1.0,
    "holds no frames": 1.0,
    "takes back the last of a class": 1.0,
}
MEMORY = {
    "the bytes of all samples": 1.0,
    "the most samples a class": 1.0,
    "none where not one fits": 1.0,
}
#: The side of the frames, and how many numbers describe one.
SIDE, LENGTH = 48, 64
#: What a collection may hold: its features so many times, and a little for lists and names.
MOST_TIMES, LITTLE = 3, 30_000


def frames(inputs: Inputs) -> Any:
    """The frames of the camera, one after the other, uint8 of shape (SIDE, SIDE, 3)."""
    random = np.random.default_rng(int(inputs["seed"]))
    for _ in inputs["labels"]:
        yield random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)


def look(frame: np.ndarray) -> np.ndarray:
    """What stands for a backbone here: the mean of each piece of a frame, float32 of shape (LENGTH,)."""
    return frame.reshape(LENGTH, -1).mean(axis=1, dtype=np.float32) / np.float32(255)


def collect_collection(namespace: Namespace, inputs: Inputs) -> Data:
    """Fill a collection frame by frame, watching memory, then take a sample back."""
    made = namespace.get("Collection")
    if not callable(made):
        return {"missing": True, "name": "Collection"}
    found: Data = {}
    return {**attempt(lambda: _filled(made, inputs, found), namespace), **found, "name": "Collection"}


def _filled(made: Any, inputs: Inputs, found: Data) -> str:
    looks: list[int] = []

    def counted(frame: Any) -> np.ndarray:
        looks.append(1)
        return look(np.asarray(frame))

    collection = made(counted)
    watching = tracemalloc.is_tracing()
    if not watching:
        tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for frame, label in zip(frames(inputs), inputs["labels"], strict=True):
            collection.add(frame, int(label))
            del frame
        found["held"] = int(tracemalloc.get_traced_memory()[0] - before)
    finally:
        if not watching:
            tracemalloc.stop()
    found["looks"] = len(looks)
    found["arrays"] = describe(collection.arrays())
    found["looks later"] = len(looks)
    collection.remove_last(int(inputs["taken_back"]))
    found["less"] = describe(collection.arrays())
    return "filled"


def judge_collection(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge what comes out, how often frames were looked at, and what was held meanwhile."""
    stopped = "" if data.get("answer") == "filled" else _stopped(data, words)
    whole, less = ({"answer": data.get(name), "name": "arrays"} for name in ("arrays", "less"))
    features, labels = (read(whole, words, part, 2) for part in (0, 1))
    wanted_features, taken = np.stack([look(frame) for frame in frames(inputs)]), expected["taken back"]
    right, said = compare(features, wanted_features, words, tolerance=1e-3)
    marked, said_labels = compare(labels, inputs["labels"], words)
    count, later = data.get("looks"), data.get("looks later")
    wanted = len(inputs["labels"])
    once = count == wanted and later == wanted
    held, most = data.get("held"), MOST_TIMES * wanted * LENGTH * 4 + LITTLE
    light = right and isinstance(held, int) and not isinstance(held, bool) and held <= most
    weight = (
        f"{held / 1000:,.0f} kB"
        if isinstance(held, int) and not words.hidden
        else "far more than the features"
    )
    kept, said_kept = compare(
        read(less, words, 0, 2), np.delete(wanted_features, taken, axis=0), words, tolerance=1e-3
    )
    kept_labels, _ = compare(read(less, words, 1, 2), np.delete(inputs["labels"], taken), words)
    return [
        Step(
            "the features of each sample",
            1.0,
            right,
            "a row of features for each frame, in the order in which they came",
            said if "arrays" in data else stopped,
            "add: self.features.append(self.look(frame)). arrays: np.stack(self.features).",
        ),
        Step(
            "their labels",
            1.0,
            marked,
            "the label of each sample, in the same order",
            said_labels if "arrays" in data else stopped,
            "arrays returns two things: return features, labels.",
        ),
        Step(
            "looks at each frame once, when it comes",
            1.0,
            once,
            "one look at each frame, in add, and none in arrays",
            "such looks" if once else stopped or "more looks, or later ones",
            "Keep what look gives. To look again for every training takes as long as collecting did.",
        ),
        Step(
            "holds no frames",
            1.0,
            light,
            f"at most {most / 1000:,.0f} kB for {wanted} samples of {LENGTH} features",
            "less" if light else weight if "held" in data else stopped,
            "Whatever add puts into a list lives on. Put the features there, not the frame.",
        ),
        Step(
            "takes back the last of a class",
            1.0,
            kept and kept_labels,
            "the same samples but for the last one of that class",
            said_kept if "less" in data else stopped or said_kept,
            "Walk backwards over the labels to the first that fits, and delete there: in both lists.",
        ),
    ]


def _stopped(data: Data, words: Wording) -> str:
    if data.get("missing"):
        return "there is no class called Collection"
    return words.error(data["error"]) if "error" in data else "an answer that could not be read"


def collect_memory(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for what some samples take and how many fit, and once where none does."""
    shape, classes, samples = tuple(inputs["shape"]), int(inputs["classes"]), int(inputs["samples"])
    return {
        name: call(namespace, "sample_memory", shape, classes, samples, int(inputs[name]))
        for name in ("limit", "small_limit")
    }


def judge_memory(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the bytes and the two counts."""
    size, most = (read(data.get("limit"), words, part, 2) for part in (0, 1))
    none = read(data.get("small_limit"), words, 1, 2)
    right, said = compare(size, expected["bytes"], words, tolerance=1e-9, mistakes=expected["bytes mistakes"])
    fits, said_most = compare(
        most, expected["most"], words, tolerance=1e-9, mistakes=expected["most mistakes"]
    )
    empty, said_none = compare(none, 0, words, tolerance=1e-9)
    if empty and not fits:
        empty, said_none = False, "0, but where some fit they were not counted rightly"
    numbers = " × ".join(str(size) for size in inputs["shape"])
    return [
        Step(
            "the bytes of all samples",
            1.0,
            right,
            words.example(f"{show(expected['bytes'])} for features of {numbers}"),
            said,
            "Numbers of a sample × 4 bytes × samples a class × classes.",
        ),
        Step(
            "the most samples a class",
            1.0,
            fits,
            words.example(f"{show(expected['most'])}, whole samples of every class"),
            said_most,
            "The limit divided by what one sample of every class takes, rounded down: // does both.",
        ),
        Step(
            "none where not one fits",
            1.0,
            empty,
            "0 where the limit is smaller than one sample of every class",
            said_none,
            "Rounding up would promise what does not fit.",
        ),
    ]


CHECKS = (
    Check(
        "week5.collection",
        "Part 8, Collection",
        COLLECTION,
        "week5/collecting#keep-features-not-frames",
        collect_collection,
        judge_collection,
    ),
    Check(
        "week5.sample_memory",
        "Part 9, sample_memory",
        MEMORY,
        "week5/five-classes#the-arithmetic",
        collect_memory,
        judge_memory,
    ),
)
