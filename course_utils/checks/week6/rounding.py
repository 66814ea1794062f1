"""Parts 4 and 5: a weight in one byte, and the smallest form that is still good enough."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from course_utils.checks.collecting import Data, Namespace, call
from course_utils.checks.judging import Step, Wording, read, read_numbers, say_kind
from course_utils.checks.registry import Check, Expected, Inputs
from course_utils.checks.week6.networks import Weights, answers, pictures, weights

QUANTISE = {
    "one byte a weight": 1.0,
    "all 256 levels": 1.0,
    "no weight further off than half a step": 1.0,
    "weights that are all alike": 1.0,
}
SMALLEST = {
    "one byte where that is enough": 1.0,
    "two bytes where one costs too much": 1.0,
    "four bytes where two cost too much": 1.0,
    "exactly as many errors as are allowed": 1.0,
}
_ROWS = 200
FORMS = ("float32", "float16", "uint8")


def collect_quantise(namespace: Namespace, inputs: Inputs) -> Data:
    """Quantise ordinary weights, and weights that are all the same."""
    plain = np.asarray(inputs["weights"], np.float32)
    alike = np.full((3, 4), inputs["alike"], np.float32)
    return {
        "plain": call(namespace, "quantise", plain.copy()),
        "alike": call(namespace, "quantise", alike),
    }


def judge_quantise(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the levels, the step between them, and what comes back."""
    plain = np.asarray(inputs["weights"], np.float64)
    step = float(np.ptp(plain)) / 255
    levels, scale, smallest, problem = _quantised(data.get("plain"), words)
    kind = levels is not None and levels.dtype == np.uint8 and levels.shape == plain.shape
    steps = [
        Step(
            "one byte a weight",
            1.0,
            kind,
            f"levels as uint8, of the weights' own shape {plain.shape}",
            problem or ("such levels" if kind else f"{levels.dtype} of shape {levels.shape}"),
            "np.rint(…).astype(np.uint8), and no reshape.",
        )
    ]
    whole = levels is not None and levels.shape == plain.shape
    full = whole and int(levels.max()) - int(levels.min()) == 255 and abs(scale - step) <= 0.002 * step
    if not problem and not whole:
        problem = f"levels of shape {levels.shape}"
    used = problem or f"levels from {int(levels.min())} to {int(levels.max())}"
    steps.append(
        Step(
            "all 256 levels",
            1.0,
            bool(full),
            "levels from 0 to 255, and a scale of (largest − smallest) / 255",
            used if not full else "levels from 0 to 255",
            "256 levels have 255 steps between them.",
        )
    )
    off = _furthest(levels, scale, smallest, plain) if whole else np.inf
    near = bool(off <= 0.5 * step * 1.01)
    found = problem or (
        "a number that is not finite"
        if not np.isfinite(off)
        else f"a weight that is off by {off / step:.2g} steps"
    )
    steps.append(
        Step(
            "no weight further off than half a step",
            1.0,
            near,
            "levels * scale + smallest gives each weight back to half a step",
            "so it is" if near else found,
            "Round to the nearest level with np.rint; astype alone cuts off. The smallest weight is level 0.",
        )
    )
    alike = np.full((3, 4), inputs["alike"], np.float64)
    levels, scale, smallest, problem = _quantised(data.get("alike"), words)
    whole = levels is not None and levels.shape == alike.shape
    off = _furthest(levels, scale, smallest, alike) if whole else np.inf
    same = bool(off <= 1e-5 * max(1.0, abs(float(inputs["alike"]))))
    steps.append(
        Step(
            "weights that are all alike",
            1.0,
            same,
            "the same number again, and no division by 0",
            "so it is"
            if same
            else problem or ("NaN or infinity" if not np.isfinite(off) else "another number"),
            "Where largest and smallest are the same, there is no step: take a scale of 1, say.",
        )
    )
    return steps


def _quantised(data: object, words: Wording) -> tuple[Any, float, float, str]:
    """The levels as they came, the scale and the smallest weight; or the problem that stood in the way."""
    readings = [read(data, words, part, 3) for part in range(3)]
    for reading in readings:
        if reading.value is None:
            return None, 0.0, 0.0, reading.problem
    raw = data["answer"]["items"][0].get("value")  # type: ignore[index]
    levels = np.asarray(raw)
    scale, smallest = (reading.value for reading in readings[1:])
    if scale.size != 1 or smallest.size != 1 or not levels.size or not np.all(np.isfinite(levels)):
        return None, 0.0, 0.0, "no levels, or more than one scale or smallest weight"
    return levels, float(scale.item()), float(smallest.item()), ""


def _furthest(levels: Any, scale: float, smallest: float, wanted: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        off = np.abs(np.asarray(levels, np.float64) * scale + smallest - wanted)
    return float(off.max()) if np.all(np.isfinite(off)) else float("inf")


def collect_smallest(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for the smallest form of each network within its allowance."""
    found = {}
    for name, case in inputs["networks"].items():
        images, labels, answer = _posed(case)
        allowed = int(case["allowed"])
        found[name] = call(namespace, "smallest", answer, images.copy(), labels.copy(), allowed)
        if name == "exact":
            found["short"] = call(namespace, "smallest", answer, images.copy(), labels.copy(), allowed - 1)
    return found


def _posed(case: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, Callable[[str, np.ndarray], np.ndarray]]:
    """Images, labels and the network in its three forms, as a function of the form's name."""
    network, images, labels = posed(case)

    def answer(form: str, given: np.ndarray) -> np.ndarray:
        return answers(stored(network, form), np.asarray(given)).astype(np.float32)

    return images, labels, answer


def posed(case: Mapping[str, Any]) -> tuple[Weights, np.ndarray, np.ndarray]:
    """A network, images, and labels of which it gets some wrong.

    `outlier` is one weight as a multiple of the largest: a single one makes the steps of one byte large. `tiny` is what
    the weights are divided by, and the images multiplied with: below 3e-8 a float16 has nothing but 0.
    """
    seed, tiny = int(case["seed"]), float(case["tiny"])
    network = [array.copy() for array in weights(seed)]
    images = pictures(seed, _ROWS)
    images[:, 0, 0] = 0  # the pixel whose weight is the outlier: it changes no answer, only the steps
    network[0][0, 0] = float(case["outlier"]) * np.abs(network[0]).max()
    labels = answers(tuple(network), images).argmax(axis=1)
    wrong = np.random.default_rng(seed + 2).choice(_ROWS, 12, replace=False)
    labels[wrong] = (labels[wrong] + 1) % 4
    network[0] = network[0] / np.float32(tiny)
    return tuple(network), images * np.float32(tiny), labels


def stored(network: Weights, form: str) -> Weights:
    """The kernels as they come back from a form; biases stay as they are. An unknown form raises `ValueError`."""
    if form not in FORMS:
        raise ValueError(f"there is no form {form!r}: take one of {', '.join(FORMS)}")
    return tuple(_rounded(array, form) if array.ndim > 1 else array for array in network)


def _rounded(array: np.ndarray, form: str) -> np.ndarray:
    if form == "float16":
        return array.astype(np.float16).astype(np.float32)
    if form == "uint8":
        smallest, step = array.min(), np.ptp(array) / 255
        return np.rint((array - smallest) / step) * step + smallest
    return array


def errors(case: Mapping[str, Any]) -> dict[str, int]:
    """Errors of each form on the images of a case."""
    network, images, labels = posed(case)
    return {
        form: int(np.sum(answers(stored(network, form), images).argmax(axis=1) != labels)) for form in FORMS
    }


def judge_smallest(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the form that was chosen for each network."""
    hints = {
        "easy": "Try the forms from the smallest to the largest, and return the first that is good enough.",
        "rough": "Count the errors of each form on the images, and of float32 as well: it makes some too.",
        "fine": "A weight below 3e-8 is 0 in float16. Measure, and do not assume.",
        "exact": "At most so many more errors than float32: as many as are allowed is still allowed.",
    }
    steps = []
    for (name, hint), step in zip(hints.items(), SMALLEST, strict=True):
        wanted = str(expected[name])
        said, problem = _form(data.get(name), words)
        right, found = said == wanted, problem or words.wrong_value(f"{said}, for {_told(inputs, name)}")
        if right and name == "exact":
            short, problem = _form(data.get("short"), words)
            right = short == expected["short"]
            found = problem or "the same with one error less allowed"
        example = words.example(f"{wanted}, for {_told(inputs, name)}")
        steps.append(Step(step, 1.0, right, example, "this form" if right else found, hint))
    return steps


def _told(inputs: Inputs, name: str) -> str:
    counts = errors(inputs["networks"][name])
    made = ", ".join(f"{counts[form]} as {form}" for form in FORMS)
    allowed = inputs["networks"][name]["allowed"]
    return f"a network with {made} errors, where {allowed} more are allowed"


def _form(data: object, words: Wording) -> tuple[str, str]:
    answer = data.get("answer") if isinstance(data, Mapping) else None
    if isinstance(answer, Mapping):
        value = answer.get("value")
        if isinstance(value, str):
            return value, "" if value in FORMS else f"a text that is none of {', '.join(FORMS)}"
        reading = read_numbers(answer)
        return (
            "",
            reading.problem if reading.value is None else f"{say_kind(answer)} instead of the form's name",
        )
    reading = read(data, words)
    return "", reading.problem or "no answer that could be read"


_QUANTISATION = "week6/quantisation"
CHECKS = (
    Check(
        "week6.quantise",
        "Part 4, quantise",
        QUANTISE,
        f"{_QUANTISATION}#one-byte-by-hand",
        collect_quantise,
        judge_quantise,
    ),
    Check(
        "week6.smallest",
        "Part 5, smallest",
        SMALLEST,
        f"{_QUANTISATION}#how-small-may-it-be",
        collect_smallest,
        judge_smallest,
    ),
)
