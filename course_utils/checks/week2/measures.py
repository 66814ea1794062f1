"""Parts 7 to 10: count the errors of either kind, choose a threshold, and measure without fooling yourself."""

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.checks.collecting import Data, Namespace, attempt, call
from course_utils.checks.judging import Reading, Step, Wording, compare, read, show
from course_utils.checks.plain import describe
from course_utils.checks.registry import Check, Expected, Inputs

_CONFUSION = "week2/judging#four-kinds-of-answers"
_RATES = "week2/judging#precision-and-recall"
COUNT = {"those called ill": 1.0, "those called healthy": 1.0}
RATES = {"the precision": 1.0, "the recall": 1.0, "0 where there is nothing to divide by": 1.0}
CHOOSE = {"enough of the ill are found": 1.0, "no false alarm too many": 1.0}
HONEST = {
    "trains on one part": 1.0,
    "asks about patients it has not seen": 1.0,
    "the share of right answers": 1.0,
}


def collect_confusion(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for the four counts."""
    labels, said = np.asarray(inputs["labels"]), np.asarray(inputs["probabilities"], dtype=np.float64)
    return call(namespace, "confusion", labels, said, float(inputs["threshold"]))


def judge_confusion(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the counts in pairs."""
    readings = [read(data, words, part, 4) for part in range(4)]
    wanted = np.array(expected["counts"], dtype=float)
    steps = []
    for name, pair, said in (
        ("those called ill", [0, 1], "true positives, false positives"),
        ("those called healthy", [2, 3], "false negatives, true negatives"),
    ):
        reading = _together([readings[part] for part in pair])
        mistakes = {
            "the two have changed places": wanted[pair[::-1]],
            "a patient exactly at the threshold counts as ill: >=, not >": np.array(expected["strict"])[pair],
            "the counts of the other two; the order is TP, FP, FN, TN": wanted[
                [2, 3] if pair[0] == 0 else [0, 1]
            ],
            "false positives and false negatives have changed places": wanted[[0, 2, 1, 3]][pair],
        }
        right, found = compare(reading, wanted[pair], words, mistakes=mistakes)
        example = words.example(f"{said}: {show(wanted[pair])}")
        hint = "Called ill: probability ≥ threshold. Positive: called ill. True: the label agrees."
        steps.append(Step(name, 1.0, right, example, found, hint))
    return steps


def _together(readings: list[Reading]) -> Reading:
    problem = next((one.problem for one in readings if one.value is None), "")
    if problem:
        return Reading(None, problem=problem)
    if any(one.value is None or one.value.shape != () for one in readings):
        return Reading(None, problem="arrays instead of four counts: sum them")
    return Reading(np.array([float(one.value) for one in readings if one.value is not None]), "counts")


def collect_rates(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for precision and recall, also where nobody was called ill and nobody is."""
    counts = [int(inputs[name]) for name in ("found", "false alarms", "missed")]
    return {
        "some": call(namespace, "precision_recall", *counts),
        "none": call(namespace, "precision_recall", 0, 0, 0),
    }


def judge_rates(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the two rates, and the case without any."""
    steps = []
    for part, name in enumerate(("precision", "recall")):
        reading = read(data.get("some"), words, part, 2)
        right, found = compare(reading, expected[name], words, mistakes=expected[f"{name} mistakes"])
        wanted = words.example(
            f"{show(expected[name])} with {inputs['found']} found, {inputs['false alarms']} false alarms "
            f"and {inputs['missed']} missed"
        )
        hint = {
            "precision": "Of those called ill, how many are? found / (found + false alarms)",
            "recall": "Of those who are ill, how many were found? found / (found + missed)",
        }[name]
        steps.append(Step(f"the {name}", 1.0, right, wanted, found, hint))
    nothing = [read(data.get("none"), words, part, 2) for part in (0, 1)]
    right, found = compare(_together(nothing), [0.0, 0.0], words)
    if not right and nothing[0].value is not None:
        found = "something else than 0"
    steps.append(
        Step(
            "0 where there is nothing to divide by",
            1.0,
            right,
            "0 and 0 when nobody was called ill and nobody is",
            found,
            "Ask first whether the sum is 0: a / b if b else 0.0.",
        )
    )
    return steps


def collect_threshold(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for a threshold."""
    labels, said = np.asarray(inputs["labels"]), np.asarray(inputs["probabilities"], dtype=np.float64)
    return call(namespace, "choose_threshold", labels, said, float(inputs["recall"]))


def judge_threshold(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge a threshold by what it does: any in the right gap will do."""
    labels, said = np.asarray(inputs["labels"]), np.asarray(inputs["probabilities"], dtype=np.float64)
    least = float(inputs["recall"])
    reading = read(data, words)
    single = reading.value is not None and reading.value.shape == () and bool(np.isfinite(reading.value))
    problem = reading.problem or ("" if single else f"{reading.kind} instead of one number")
    recall, alarms = _effect(labels, said, float(reading.value)) if single else (0.0, 0)  # type: ignore[arg-type]
    # A threshold between two probabilities does what the higher of them does: the probabilities are all that count.
    fewest = min(
        effect[1] for effect in (_effect(labels, said, one) for one in said) if effect[0] >= least - 1e-9
    )
    reached = single and recall >= least - 1e-9
    enough = Step(
        "enough of the ill are found",
        1.0,
        reached,
        f"a recall of at least {least:g}",
        problem or (f"a recall of {recall:.3f}" if not words.hidden else "a recall that is too low"),
        "Of the ill, sort the probabilities from high to low; the threshold must reach far enough down.",
    )
    few = single and alarms <= fewest
    many = f"{alarms} false alarms where {fewest} would do" if not words.hidden else "more than would do"
    alarm = Step(
        "no false alarm too many",
        1.0,
        few and reached,
        "the highest threshold that still reaches the recall, so that the false alarms are few",
        problem or (many if not few else "a threshold that does not reach the recall"),
        "Try each probability as the threshold, and keep the highest that reaches the recall.",
    )
    return [enough, alarm]


def _effect(labels: np.ndarray, said: np.ndarray, threshold: float) -> tuple[float, int]:
    """Recall and false alarms at a threshold."""
    called = said >= threshold
    return float(np.mean(called[labels == 1])), int(np.sum(called & (labels == 0)))


def collect_honest(namespace: Namespace, inputs: Inputs) -> Data:
    """Let the student measure a learner that knows every patient again, and note which rows it was shown."""
    features = np.array(
        [[float(cell) for cell in line.split(",")] for line in inputs["features"].split("\n")]
    )
    labels, patients = np.asarray(inputs["labels"]), np.asarray(inputs["patients"])
    function = namespace.get("honest_accuracy")
    if not callable(function):
        return {"missing": True, "name": "honest_accuracy"}
    shown: dict[str, list[int]] = {"train": [], "asked": []}
    train, diagnose = _memory(features, shown)
    found = attempt(
        lambda: describe(
            function(
                features.copy(),
                labels.copy(),
                patients.copy(),
                float(inputs["share"]),
                int(inputs["seed"]),
                train,
                diagnose,
            )
        ),
        namespace,
    )
    return {**found, "name": "honest_accuracy", "trained on": shown["train"], "asked about": shown["asked"]}


def _memory(
    features: np.ndarray, shown: dict[str, list[int]]
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A learner that keeps its rows and answers with the label of the nearest; it notes the rows it is given."""

    def places(rows: np.ndarray) -> list[int]:
        distances = np.abs(features[np.newaxis] - np.asarray(rows, dtype=float)[:, np.newaxis]).sum(axis=2)
        return [int(row.argmin()) if row.min() < 1e-6 else -1 for row in distances]

    def train(rows: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shown["train"] += places(rows)
        return np.asarray(rows, dtype=float), np.asarray(labels, dtype=float)

    def diagnose(trained: tuple[np.ndarray, np.ndarray], rows: np.ndarray) -> np.ndarray:
        shown["asked"] += places(rows)
        distances = ((np.asarray(rows, dtype=float)[:, np.newaxis] - trained[0][np.newaxis]) ** 2).sum(axis=2)
        return 0.1 + 0.8 * trained[1][distances.argmin(axis=1)]

    return train, diagnose


def judge_honest(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge which rows were learned from and asked about, and the share against those very rows."""
    patients, labels = np.asarray(inputs["patients"]), np.asarray(inputs["labels"])
    reading = read(data, words)
    trained, asked = (
        np.array([row for row in data.get(name) or [] if isinstance(row, int)], dtype=int)
        for name in ("trained on", "asked about")
    )
    people = len(set(patients.tolist()))
    learned = set(patients[trained[trained >= 0]].tolist())
    questioned = set(patients[asked[asked >= 0]].tolist())
    wanted = people - round(float(inputs["share"]) * people)
    one_part = bool(trained.size) and bool((trained >= 0).all()) and abs(len(learned) - wanted) <= 1
    stopped = reading.problem if not trained.size else ""
    said = f"{len(learned)} of {people} patients" if not words.hidden else "another number of patients"
    first = Step(
        "trains on one part",
        1.0,
        one_part,
        f"train(…) with the rows of {wanted if not words.hidden else 'the training'} patients, as they were given",
        stopped
        or (said if (trained >= 0).all() else "rows that are not in the table: leave the scaling to train"),
        "training_rows, test_rows = split_patients(patients, share, seed); then features[training_rows].",
    )
    fresh = bool(asked.size) and bool((asked >= 0).all()) and not learned & questioned
    common = len(learned & questioned)
    found = (
        f"{common} patients that it had learned from" if not words.hidden else "patients it had learned from"
    )
    second = Step(
        "asks about patients it has not seen",
        1.0,
        fresh and bool(trained.size),
        "diagnose(…) with the rows of the other patients",
        stopped or (found if asked.size else "no question at all"),
        "Whoever is asked about a patient whom it knows proves nothing. Give diagnose the test rows.",
    )
    return [first, second, _share_step(reading, inputs, (trained, asked), labels, words)]


def _share_step(
    reading: Reading, inputs: Inputs, rows: tuple[np.ndarray, np.ndarray], labels: np.ndarray, words: Wording
) -> Step:
    """The share is worked out again from the rows that the learner was shown."""
    trained, asked = (part[part >= 0] for part in rows)
    if reading.value is None or not trained.size or not asked.size:
        right, found, share = False, reading.problem or "nothing was measured", 0.0
    else:
        features = np.array(
            [[float(cell) for cell in line.split(",")] for line in inputs["features"].split("\n")]
        )
        distances = ((features[asked][:, np.newaxis] - features[trained][np.newaxis]) ** 2).sum(axis=2)
        share = float(np.mean(labels[trained][distances.argmin(axis=1)] == labels[asked]))
        mistakes = {"the share of wrong answers": 1 - share, "in per cent; give a share": 100 * share}
        right, found = compare(reading, share, words, mistakes=mistakes)
    return Step(
        "the share of right answers",
        1.0,
        right,
        words.example(f"{share:.4g}: of the rows it was asked about, the share whose label it got right"),
        found,
        "(probabilities > 0.5) == labels[test_rows], and the mean of it.",
    )


CHECKS = (
    Check("week2.confusion", "Part 7, confusion", COUNT, _CONFUSION, collect_confusion, judge_confusion),
    Check("week2.precision_recall", "Part 8, precision_recall", RATES, _RATES, collect_rates, judge_rates),
    Check(
        "week2.choose_threshold",
        "Part 9, choose_threshold",
        CHOOSE,
        "week2/judging#move-the-threshold",
        collect_threshold,
        judge_threshold,
    ),
    Check(
        "week2.honest_accuracy",
        "Part 10, honest_accuracy",
        HONEST,
        "week2/splits#a-score-that-is-too-good",
        collect_honest,
        judge_honest,
    ),
)
