"""Parts 8 to 10: scale a feature, fit a noisy spring, and answer in other units."""

from typing import Any

import numpy as np

from course_utils.checks.charts import Chart, curve
from course_utils.checks.collecting import Data, Namespace, call
from course_utils.checks.judging import Reading, Step, Wording, compare, read, show
from course_utils.checks.registry import Check, Expected, Inputs

_LARGE = "week1/gradient-descent#when-the-features-are-large"
_NOISE = "week1/gradient-descent#points-that-lie-on-no-line"
_ASK = "week1/one-neuron#ask-it-something-new"
STANDARDISE = {"mean 0 and spread 1": 1.0, "leaves the measurements alone": 1.0}
FIT = {"the slope": 1.0, "the intercept": 1.0, "as close as a line can be": 1.0}
UNITS = {"answers in millimetres": 1.0, "takes kilograms": 1.0, "takes several at once": 1.0}
_FIT_TOLERANCE = 0.01


def collect_standardise(namespace: Namespace, inputs: Inputs) -> Data:
    """Scale some measurements; the call also records whether they were altered."""
    return call(namespace, "standardise", np.asarray(inputs["values"], dtype=np.float64))


def judge_standardise(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the scaled values, the mean and the standard deviation, and that the input was left alone."""
    scaled = read(data, words, 0, 3)
    right, found = compare(scaled, expected["scaled"], words, mistakes=expected["mistakes"])
    for position, what in ((1, "mean"), (2, "spread")):
        if right:
            right, said = compare(read(data, words, position, 3), expected[what], words)
            found = f"as {what}: {said}"
    wanted = f"{show(expected['scaled'])}, mean {show(expected['mean'])}, spread {show(expected['spread'])}"
    scale = Step(
        "mean 0 and spread 1",
        1.0,
        right,
        words.example(wanted),
        found,
        "Take the mean away, divide by np.std, and return all three: scaled values, mean, spread.",
    )
    alone = scaled.value is not None and data.get("changed") == []
    found = scaled.problem or (
        "measurements that are still the same" if alone else "the measurements were overwritten"
    )
    untouched = Step(
        "leaves the measurements alone",
        1.0,
        alone,
        "the array that was passed in is the same afterwards",
        found,
        "values -= mean changes the caller's array; values - mean makes a new one.",
    )
    return [scale, untouched]


def collect_fit(namespace: Namespace, inputs: Inputs) -> Data:
    """Fit a spring."""
    masses, lengths = (np.asarray(inputs[name], dtype=np.float64) for name in ("masses", "lengths"))
    return call(namespace, "fit_spring", masses, lengths)


def judge_fit(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the line against the best line there is."""
    masses, lengths = (np.asarray(inputs[name], dtype=np.float64) for name in ("masses", "lengths"))
    readings = [read(data, words, position, 2) for position in (0, 1)]
    steps = []
    for reading, what, unit in zip(readings, ("slope", "intercept"), ("cm per g", "cm"), strict=True):
        # A slope is small: it is held to its own size, not to 1.
        right, found = _compare_relative(reading, expected[what], words, expected[f"{what} mistakes"])
        wanted = f"{words.value(expected[what])} {unit}, to within 1 %"
        hint = "From scaled masses back to grams: slope = weight / spread, then bias − slope × mean."
        steps.append(Step(f"the {what}", 1.0, right, wanted, found, hint))
    close, found = False, readings[0].problem or readings[1].problem
    if not found:
        line = [
            float(reading.value)
            for reading in readings
            if reading.value is not None and reading.value.size == 1
        ]
        error = (
            float(np.mean((line[0] * masses + line[1] - lengths) ** 2)) if len(line) == 2 else float("nan")
        )
        close = bool(np.isfinite(error) and error <= 1.05 * expected["loss"])
        found = (
            f"a mean squared error of {words.value(error)} cm²"
            if np.isfinite(error)
            else "NaN: no line at all"
        )
    steps.append(
        Step(
            "as close as a line can be",
            1.0,
            close,
            f"a mean squared error of at most {words.value(round(1.05 * expected['loss'], 4))} cm²",
            found,
            "If the loss becomes NaN, the learning rate is too large; if it still falls, take more steps.",
        )
    )
    return steps


def chart_fit(data: Data, inputs: Inputs, expected: Expected) -> Chart | None:
    """Draw the line through the measurements, beside the best line there is."""
    masses = np.asarray(inputs["masses"], dtype=np.float64)
    slope, intercept = (read(data, Wording(), position, 2).value for position in (0, 1))
    if slope is None or intercept is None or slope.shape != () or intercept.shape != ():
        return None
    ends = np.array([masses.min(), masses.max()])
    curves = (
        curve("your line", slope * ends + intercept, ends),
        curve("the best line", expected["slope"] * ends + expected["intercept"], ends),
        curve("the measurements", inputs["lengths"], masses, points=True),
    )
    return Chart("The length of the spring", "mass in g", "length in cm", curves)


def _compare_relative(reading: Reading, wanted: float, words: Wording, mistakes: Any) -> tuple[bool, str]:
    if reading.value is None:
        return False, reading.problem
    ratios = {sentence: answer / wanted for sentence, answer in mistakes.items()}
    right, _ = compare(Reading(reading.value / wanted, reading.kind), 1.0, words, tolerance=_FIT_TOLERANCE)
    if right:
        return True, words.value(reading.value)
    _, found = compare(Reading(reading.value / wanted), 1.0, words, tolerance=1e-3, mistakes=ratios)
    named = next((sentence for sentence in ratios if found.endswith(sentence)), "")
    if named or reading.value.shape != () or not np.isfinite(reading.value):
        return False, named or found
    return False, words.wrong_value(reading.value)


def collect_units(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for the length without a load, with one, and with several."""
    line = float(inputs["slope"]), float(inputs["intercept"])
    masses = np.asarray(inputs["masses"], dtype=np.float64)
    return {
        "empty": call(namespace, "length_in_mm", 0.0, *line),
        "one": call(namespace, "length_in_mm", float(masses[0]), *line),
        "several": call(namespace, "length_in_mm", masses, *line),
    }


def judge_units(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the unit of the answer with an empty scale, and that of the question by how much a load adds."""
    empty, one, several = (read(data.get(key), words) for key in ("empty", "one", "several"))
    right, found = compare(empty, expected["empty"], words, mistakes=expected["empty mistakes"])
    line = f"slope={inputs['slope']:g}, intercept={inputs['intercept']:g}"
    millimetres = Step(
        "answers in millimetres",
        1.0,
        right,
        words.example(f"length_in_mm(0, {line}) is {show(expected['empty'])} mm"),
        found,
        "The line gives centimetres; a centimetre is 10 millimetres.",
    )
    # By which factor a load makes the spring longer does not depend on the unit of the answer.
    share = Reading(None, problem=empty.problem or one.problem)
    if empty.value is not None and one.value is not None and empty.value.shape == one.value.shape == ():
        if float(empty.value) != 0:
            share = Reading(one.value / empty.value, one.kind)
        else:
            share = Reading(None, problem="a spring of length 0 without a load")
    right, found = compare(share, expected["share"], words, mistakes=expected["share mistakes"])
    if not right and share.value is not None:
        found = next(
            (text for text in expected["share mistakes"] if found.endswith(text)),
            words.wrong_value(one.value),
        )
    kilograms = Step(
        "takes kilograms",
        1.0,
        right,
        words.example(f"length_in_mm({inputs['masses'][0]:g}, {line}) is {show(expected['several'][0])} mm"),
        found,
        "The slope is in centimetres per gram; a kilogram is 1000 grams.",
    )
    right, found = compare(several, expected["several"], words, mistakes=expected["several mistakes"])
    array = Step(
        "takes several at once",
        1.0,
        right,
        words.example(f"an array of masses gives an array of lengths, {show(expected['several'])} mm"),
        found,
        "Multiply and add whole arrays; no loop and no float(…) is needed.",
    )
    return [millimetres, kilograms, array]


CHECKS = (
    Check(
        "week1.standardise",
        "Part 8, standardise",
        STANDARDISE,
        _LARGE,
        collect_standardise,
        judge_standardise,
    ),
    Check("week1.fit_spring", "Part 9, fit_spring", FIT, _NOISE, collect_fit, judge_fit, chart_fit),
    Check("week1.length_in_mm", "Part 10, length_in_mm", UNITS, _ASK, collect_units, judge_units),
)
