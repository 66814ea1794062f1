"""Parts 8 and 9: count the tensors that a function leaves behind, and mend one that leaves some."""

from typing import Any

import numpy as np

from course_utils.checks.collecting import Data, Namespace, attempt, call
from course_utils.checks.judging import Reading, Step, Wording, compare, read, show
from course_utils.checks.plain import describe
from course_utils.checks.registry import Check, Expected, Inputs

COUNT = {"the tensors that a call leaves": 1.0, "nothing for a function that lets go": 1.0}
MEND = {
    "the mean loss": 1.0,
    "the same when called again": 1.0,
    "no tensor left behind": 1.0,
    "one batch at a time": 1.0,
}


def collect_count(namespace: Namespace, inputs: Inputs) -> Data:
    """Give the student two functions: one that holds on to some of what it makes, and one that does not."""
    import tensorflow as tf

    held: list[Any] = []

    def leaky() -> None:
        made = [tf.zeros(size) for size in inputs["sizes"]]
        held.extend(tensor for tensor in made if tensor.shape[0] % 2)

    def clean() -> Any:
        return [tf.zeros(size) for size in inputs["sizes"]][-1]

    found = {
        name: call(namespace, "tensors_left", step) for name, step in (("leaky", leaky), ("clean", clean))
    }
    held.clear()
    return found


def judge_count(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge both counts."""
    leaky, clean = (read(data.get(name), words) for name in ("leaky", "clean"))
    right, found = compare(leaky, expected["left"], words, mistakes=expected["mistakes"])
    counts = Step(
        "the tensors that a call leaves",
        1.0,
        right,
        words.example(
            f"{show(expected['left'])} for a function that makes {len(inputs['sizes'])} tensors and keeps some"
        ),
        found,
        "for _ in (watch := leaks(5)): function() – then watch.tensors_a_turn is the answer.",
    )
    none, found = compare(clean, 0, words)
    # Whoever answers 0 to everything has not counted.
    if none and not right:
        none, found = False, "0, but the leaky function was not counted rightly"
    nothing = Step(
        "nothing for a function that lets go",
        1.0,
        none,
        "0: its tensors are freed when it returns",
        found,
        "Count after the call, when its names are gone; what the first calls build does not count.",
    )
    return [counts, nothing]


def collect_mend(namespace: Namespace, inputs: Inputs) -> Data:
    """Evaluate a small model over batches twice, counting tensors before, between, and while batches are asked for."""
    import tensorflow as tf

    from course_utils.memory import counting, memory

    pictures = np.asarray(inputs["pictures"], np.float32)
    labels = np.asarray(inputs["labels"], np.int64)
    weights = np.asarray(inputs["weights"], np.float32)
    size = int(inputs["batch_size"])
    living: list[int] = []

    def model(images: Any) -> Any:
        return tf.nn.softmax(tf.convert_to_tensor(images, tf.float32) @ weights)

    def batches() -> Any:
        for start in range(0, len(labels), size):
            living.append(memory().tensors)
            yield pictures[start : start + size], labels[start : start + size]

    with counting():
        first = call(namespace, "evaluate", model, batches())
        while_first, living = living, []
        before = attempt(lambda: memory().tensors, namespace).get("answer", 0)
        again = call(namespace, "evaluate", model, batches())
        after = attempt(lambda: memory().tensors, namespace).get("answer", 0)
    return {
        "first": first,
        "again": again,
        "left": int(after) - int(before),
        "living": describe(while_first[1:]),
    }


def judge_mend(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the loss, its repetition, and the tensors."""
    first, again = (read(data.get(name), words) for name in ("first", "again"))
    right, found = compare(first, expected["loss"], words, tolerance=1e-4, mistakes=expected["mistakes"])
    loss = Step(
        "the mean loss",
        1.0,
        right,
        words.example(f"{show(expected['loss'])}, the mean over all pictures"),
        found,
        "Add up the losses of all pictures, and divide once by their number: the last batch may be smaller.",
    )
    one = first.value is not None and first.value.shape == () and bool(np.isfinite(first.value))
    same = (
        one
        and again.value is not None
        and again.value.shape == ()
        and bool(np.isclose(first.value, again.value))
    )
    repeats = Step(
        "the same when called again",
        1.0,
        same,
        "the same number for the same batches",
        first.problem or again.problem or "another number the second time",
        "What the first call has noted must not reach the second: begin with nothing inside the function.",
    )
    left = data.get("left")
    none = one and isinstance(left, int) and not isinstance(left, bool) and left <= 0
    behind = Step(
        "no tensor left behind",
        1.0,
        none,
        "as many living tensors after a call as before it",
        first.problem or ("tensors that the call left behind" if one else "no number that was returned"),
        "Note float(…) of what you need: a number holds no tensor. A list outside the function lives on.",
    )
    living = Reading(None) if not one else _living(data)
    flat = (
        living.value is not None and living.value.size > 1 and bool(living.value.max() <= living.value[0] + 1)
    )
    steady = Step(
        "one batch at a time",
        1.0,
        flat,
        "no more living tensors at the last batch than at the second",
        first.problem or (living.problem if living.value is None else "more with every batch") or "no number",
        "Do not collect the batches or the predictions in a list, not even inside the function.",
    )
    return [loss, repeats, behind, steady]


def _living(data: Data) -> Reading:
    from course_utils.checks.judging import read_numbers

    return read_numbers(data.get("living"))


_MEND = "week3/memory#find-the-leak-and-fix-it"
CHECKS = (
    Check(
        "week3.tensors_left",
        "Part 8, tensors_left",
        COUNT,
        "week3/memory#what-python-frees-and-what-it-does-not",
        collect_count,
        judge_count,
    ),
    Check("week3.evaluate", "Part 9, evaluate", MEND, _MEND, collect_mend, judge_mend),
)
