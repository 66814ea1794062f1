"""Parts 7 and 8: intersection over union, and non-maximum suppression."""

import numpy as np

from course_utils.checks.collecting import Data, Namespace, call
from course_utils.checks.judging import Step, Wording, compare, read, show
from course_utils.checks.registry import Check, Expected, Inputs

IOU = {"boxes that overlap": 1.0, "a box inside another": 1.0, "boxes apart": 1.0}
SUPPRESS = {
    "the surest first": 1.0,
    "drops what overlaps": 1.0,
    "what is dropped drops nothing": 1.0,
    "nothing for no boxes": 1.0,
}
_IOU_KEYS = ("overlap", "inside", "apart")


def collect_iou(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for pairs that overlap, that lie one in the other, and that are apart."""
    pairs = {key: (np.array(inputs[key][0]), np.array(inputs[key][1])) for key in _IOU_KEYS}
    return {key: call(namespace, "iou", *pair) for key, pair in pairs.items()}


def judge_iou(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the three numbers."""
    hints = {
        "overlap": "Shared area, divided by both areas together less the shared one, which was counted twice.",
        "inside": "The shared area is that of the inner box; what both cover is the outer one.",
        "apart": "Where bottom − top or right − left of the shared part is below 0, nothing is shared: max(0, …).",
    }
    steps = []
    for name, key in zip(IOU, _IOU_KEYS, strict=True):
        right, found = compare(
            read(data.get(key), words), expected[key], words, mistakes=expected[f"{key} mistakes"]
        )
        first, second = inputs[key]
        wanted = words.example(f"{show(expected[key])} for {first} and {second}")
        steps.append(Step(name, 1.0, right, wanted, found, hints[key]))
    return steps


def collect_suppress(namespace: Namespace, inputs: Inputs) -> Data:
    """Suppress boxes that lie apart, some that overlap, a chain of them, and none at all."""
    asked = {
        key: (np.array(inputs[key]["boxes"], float).reshape(-1, 4), np.array(inputs[key]["scores"], float))
        for key in ("apart", "pairs", "chain", "none")
    }
    bound = float(inputs["overlap"])
    return {key: call(namespace, "suppress", *one, bound) for key, one in asked.items()}


def judge_suppress(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge which boxes were kept, and in which order."""
    hints = {
        "apart": "Begin with np.argsort(-scores); return places in the arrays, not boxes.",
        "pairs": "After the best box is kept, drop each waiting one whose IoU with it is above the bound.",
        "chain": "Compare only with boxes that were kept: one that was dropped must not drop others.",
        "none": "No boxes: a while loop over an empty list ends at once, and gives an empty list.",
    }
    steps = []
    for name, (key, hint) in zip(SUPPRESS, hints.items(), strict=True):
        answer = data.get(key, {})
        if key == "none":
            empty = answer.get("answer", {})
            right = empty.get("items") == [] or (
                isinstance(empty.get("value"), np.ndarray) and empty["value"].size == 0
            )
            found = "an empty list" if right else (read(answer, words).problem or "something else")
            wanted = "an empty list"
        else:
            reading = read(answer, words)
            mistakes = expected[f"{key} mistakes"]
            right, found = compare(reading, expected[key], words, mistakes=mistakes)
            if not right and reading.value is not None:
                # Too many or too few are kept by mistakes that can be called by their names.
                found = next(
                    (told for told, kept in mistakes.items() if reading.value.tolist() == kept), found
                )
            wanted = words.example(f"the places {show(np.array(expected[key]))}")
        steps.append(Step(name, 1.0, bool(right), wanted, found, hint))
    return steps


CHECKS = (
    Check(
        "week4.iou",
        "Part 7, iou",
        IOU,
        "week4/detection#a-box-and-how-right-it-is",
        collect_iou,
        judge_iou,
    ),
    Check(
        "week4.suppress",
        "Part 8, suppress",
        SUPPRESS,
        "week4/detection#non-maximum-suppression-by-hand",
        collect_suppress,
        judge_suppress,
    ),
)
