"""Parts 9 and 10: what a threshold costs, and the cheapest one."""

import numpy as np

from course_utils.checks.collecting import Data, Namespace, call
from course_utils.checks.judging import Step, Wording, compare, read, show
from course_utils.checks.registry import Check, Expected, Inputs

COST = {"the misses": 1.0, "the false alarms": 1.0, "a score at the threshold": 1.0}
BEST = {
    "the cheapest threshold": 1.0,
    "other costs, another threshold": 1.0,
    "no alarm at all, where alarms cost most": 1.0,
}
_BEST_KEYS = ("first", "second", "dear")


def cost_at(scores: np.ndarray, labels: np.ndarray, threshold: float, miss: float, alarm: float) -> float:
    """What a threshold costs: an alarm is raised where the score is at least the threshold."""
    alarms = scores >= threshold
    return float(miss * np.sum((labels == 1) & ~alarms) + alarm * np.sum((labels == 0) & alarms))


def collect_cost(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for the cost of misses alone, of false alarms alone, and with scores that lie at the threshold."""
    scores, labels = np.array(inputs["scores"]), np.array(inputs["labels"])
    between, at = float(inputs["between"]), float(inputs["at"])
    miss, alarm = float(inputs["miss"]), float(inputs["alarm"])
    asked = {"misses": (between, miss, 0.0), "alarms": (between, 0.0, alarm), "at": (at, miss, alarm)}
    return {
        key: call(namespace, "total_cost", scores.copy(), labels.copy(), *one) for key, one in asked.items()
    }


def judge_cost(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the three costs."""
    hints = {
        "misses": "A miss: the label is 1, and the score is below the threshold.",
        "alarms": "A false alarm: the label is 0, and the score is at least the threshold.",
        "at": "An alarm is raised where score >= threshold, so a score that equals the threshold raises one.",
    }
    steps = []
    for name, key in zip(COST, hints, strict=True):
        right, found = compare(
            read(data.get(key), words), expected[key], words, mistakes=expected[f"{key} mistakes"]
        )
        steps.append(Step(name, 1.0, right, words.example(show(expected[key])), found, hints[key]))
    return steps


def collect_best(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for the cheapest threshold with three pairs of costs."""
    scores, labels = np.array(inputs["scores"]), np.array(inputs["labels"])
    return {
        key: call(namespace, "best_threshold", scores.copy(), labels.copy(), *map(float, inputs[key]))
        for key in _BEST_KEYS
    }


def judge_best(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge what each threshold costs: any that is as cheap as the cheapest is right."""
    scores, labels = np.array(inputs["scores"]), np.array(inputs["labels"])
    hints = {
        "first": "Try each score as the threshold, add up the cost of each, and keep the cheapest.",
        "second": "The costs decide: use miss_cost and alarm_cost, not the accuracy.",
        "dear": "A threshold above every score raises no alarm. Try float('inf') or 2.0 as well.",
    }
    steps = []
    for name, key in zip(BEST, _BEST_KEYS, strict=True):
        reading = read(data.get(key), words)
        miss, alarm = (float(cost) for cost in inputs[key])
        lowest = expected[key]
        right, found = False, reading.problem
        if reading.value is not None and reading.value.ndim == 0 and not np.isnan(reading.value):
            cost = cost_at(scores, labels, float(reading.value), miss, alarm)
            right = bool(cost <= lowest + 1e-9)
            found = words.value(cost) if right else _say(cost, float(reading.value), expected, key, words)
        elif reading.value is not None:
            found = f"numbers of shape {reading.value.shape} instead of one threshold"
        wanted = words.example(
            f"a threshold at a cost of {lowest:g} (a miss {miss:g}, a false alarm {alarm:g})"
        )
        steps.append(Step(name, 1.0, right, wanted, found, hints[key]))
    return steps


def _say(cost: float, threshold: float, expected: Expected, key: str, words: Wording) -> str:
    for sentence, wrong in expected[f"{key} mistakes"].items():
        if abs(threshold - wrong) < 1e-9:
            return sentence
    return "a dearer one" if words.hidden else f"{threshold:g}, at a cost of {cost:g}"


_COSTS = "week4/judging-text#what-a-threshold-costs"
CHECKS = (
    Check("week4.total_cost", "Part 9, total_cost", COST, _COSTS, collect_cost, judge_cost),
    Check("week4.best_threshold", "Part 10, best_threshold", BEST, _COSTS, collect_best, judge_best),
)
