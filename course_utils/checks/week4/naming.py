"""Parts 1 to 4: prepare a picture, read a label map, leave a background out, and name pictures with a network."""

import itertools
from typing import Any

import numpy as np

from course_utils.checks.collecting import Data, Namespace, attempt, call
from course_utils.checks.judging import Reading, Step, Wording, compare, read, say_kind, show
from course_utils.checks.plain import describe
from course_utils.checks.registry import Check, Expected, Inputs
from course_utils.checks.week4.material import network, picture

PREPARE = {
    "float32, with a batch axis": 1.0,
    "the middle square": 1.0,
    "the mean of each block": 1.0,
    "from −1 to 1": 1.0,
}
TOP = {
    "as many as asked for": 1.0,
    "the most probable first": 1.0,
    "the names by their numbers": 1.0,
    "the probabilities": 1.0,
}
NUMBER = {"counts without the background": 1.0, "never the background itself": 1.0}
CLASSIFY = {"names square pictures": 1.0, "names wide and high pictures": 1.0}


def prepare_pictures(inputs: Inputs) -> dict[str, np.ndarray]:
    """A grainy square picture, one that is wide, one that is high, and an even one."""
    seed, side, times = (int(inputs[name]) for name in ("seed", "side", "times"))
    edge = side * times
    return {
        "square": picture(seed, edge, edge, times, grain=40),
        "wide": picture(seed, edge, edge + 4 * times, times),
        "high": picture(seed, edge + 6 * times, edge, times),
        "even": np.full((edge, edge, 3), int(inputs["shade"]), np.uint8),
    }


def collect_prepare(namespace: Namespace, inputs: Inputs) -> Data:
    """Prepare each of the pictures."""
    side = int(inputs["side"])
    return {
        name: call(namespace, "prepare", pixels, side) for name, pixels in prepare_pictures(inputs).items()
    }


def judge_prepare(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge form, cut, shrinking and scale, each by a picture on which the others cannot be wrong."""
    side = int(inputs["side"])
    answers = {name: read(data.get(name), words) for name in ("square", "wide", "high", "even")}
    square = answers["square"]
    answer = data.get("square", {}).get("answer", {})
    is_float32 = isinstance(answer.get("value"), np.ndarray) and answer["value"].dtype == np.float32
    right_form = square.value is not None and square.value.shape == (1, side, side, 3) and is_float32
    kept = all(data.get(name, {}).get("changed") == [] for name in answers)
    form = square.problem or (
        "the caller's picture was overwritten"
        if right_form and not kept
        else f"{getattr(answer.get('value'), 'dtype', 'no array')} of shape {np.shape(square.value)}"
    )
    cut, cut_found = _cut(answers, expected, side)
    mean, mean_found = _proportional(square, expected["square"], expected["square mistakes"], side)
    scaled, scale_found = compare(
        _one(answers["even"]), expected["even"], words, mistakes=expected["even mistakes"]
    )
    return [
        Step(
            "float32, with a batch axis",
            1.0,
            right_form and kept,
            f"float32 of shape (1, {side}, {side}, 3), and the picture that was passed in stays as it is",
            form,
            "values[None] puts an axis of length 1 in front; .astype(np.float32) at the end.",
        ),
        Step(
            "the middle square",
            1.0,
            cut,
            "the square in the middle of a picture that is wide, and of one that is high",
            cut_found,
            "With edge = min(height, width), the square begins at (height − edge) // 2 and (width − edge) // 2.",
        ),
        Step(
            "the mean of each block",
            1.0,
            mean,
            "each new pixel is the mean of the block that it stands for, colour by colour",
            mean_found,
            "square.reshape(side, times, side, times, 3).mean(axis=(1, 3)), with times = edge // side.",
        ),
        Step(
            "from −1 to 1",
            1.0,
            scaled,
            words.example(f"a picture that is {inputs['shade']} everywhere becomes {show(expected['even'])}"),
            scale_found,
            "Black, 0, becomes −1; white, 255, becomes 1: v / 127.5 − 1.",
        ),
    ]


def _one(reading: Reading) -> Reading:
    """An even picture's one number; a picture that is not even stays as it is."""
    value = reading.value
    if value is None or not value.size or np.ptp(value) > 1e-6:
        return reading
    return Reading(np.asarray(value.ravel()[0]), reading.kind)


def _cut(answers: dict[str, Reading], expected: Expected, side: int) -> tuple[bool, str]:
    for name in ("wide", "high"):
        right, found = _proportional(answers[name], expected[name], expected[f"{name} mistakes"], side)
        if not right:
            return False, found
    return True, "both"


def _proportional(reading: Reading, wanted: Any, mistakes: Any, side: int) -> tuple[bool, str]:
    """Whether the numbers are the wanted ones on any scale: the scale is another step's matter."""
    if reading.value is None:
        return False, reading.problem
    if reading.value.size != side * side * 3:
        return False, f"numbers of shape {reading.value.shape}"
    found = reading.value.ravel()
    if _fits(found, np.asarray(wanted).ravel()):
        return True, "the right pixels"
    for sentence, other in mistakes.items():
        if _fits(found, np.asarray(other).ravel()):
            return False, sentence
    return False, "other pixels"


def _fits(found: np.ndarray, wanted: np.ndarray) -> bool:
    if not np.all(np.isfinite(found)) or np.ptp(found) == 0:
        return False
    slope, shift = np.polyfit(wanted, found, 1)
    # `wanted` counts in bytes. Whole bytes, as Pillow's resize gives, are no mistake: they are off by 1 at most.
    return bool(slope > 0 and np.allclose(slope * wanted + shift, found, rtol=0, atol=1.5 * slope))


def collect_top(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for the best names."""
    probabilities = np.asarray(inputs["probabilities"], np.float32)
    index = {str(key): list(value) for key, value in inputs["class_index"].items()}
    return call(namespace, "top", probabilities, index, int(inputs["count"]))


def judge_top(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge count, order, names and probabilities of the pairs."""
    pairs, problem = _pairs(data, words)
    count = int(inputs["count"])
    names, shares = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    sinks = len(shares) > 1 and all(a >= b for a, b in itertools.pairwise(shares))
    begins = bool(shares) and abs(shares[0] - expected["probabilities"][0]) < 1e-5
    # A name that belongs to its probability, wherever it stands in the list.
    belongs = dict(zip(np.round(inputs["probabilities"], 5).tolist(), expected["all names"], strict=True))
    named = [belongs.get(round(share, 5)) == name for name, share in pairs]
    told = f"{names[:3]}"
    for sentence, wrong in expected["name mistakes"].items():
        if names == wrong:
            told = sentence
    near = len(shares) == count and np.allclose(sorted(shares), sorted(expected["probabilities"]), atol=1e-5)
    wanted = words.example(", ".join(f"({name!r}, {share:g})" for name, share in expected["first"]))
    return [
        Step(
            "as many as asked for",
            1.0,
            not problem and len(pairs) == count,
            f"a list of {'count' if words.hidden else count} pairs (name, probability)",
            problem or f"{len(pairs)} pairs",
            "[…][:count] cuts a list, also where count is 1.",
        ),
        Step(
            "the most probable first",
            1.0,
            not problem and sinks and begins,
            f"pairs from the most probable down, beginning with {wanted}",
            problem
            or (
                "another order"
                if not sinks
                else "the order is right, but it does not begin with the most probable"
            ),
            "np.argsort sorts upwards: [::-1] turns it round, and then comes the cut.",
        ),
        Step(
            "the names by their numbers",
            1.0,
            not problem and bool(named) and all(named),
            f"the second text of class_index[str(number)], as in {wanted}",
            problem or ("another name" if words.hidden and told not in expected["name mistakes"] else told),
            "The keys of class_index are text, and in no order: class_index[str(3)] belongs to output 3.",
        ),
        Step(
            "the probabilities",
            1.0,
            not problem and bool(near),
            "with each name its probability, as a share from 0 to 1",
            problem or f"{show(np.array(shares))}" if not words.hidden else problem or "other numbers",
            "float(probabilities[number])",
        ),
    ]


def _pairs(data: Data, words: Wording) -> tuple[list[tuple[str, float]], str]:
    """The pairs in a list of (text, number), and what stands in the way."""
    if "answer" not in data:
        return [], read(data, words).problem
    items = data["answer"].get("items")
    if not isinstance(items, list):
        return [], f"{say_kind(data['answer'])} instead of a list of pairs"
    pairs = []
    for item in items:
        parts = item.get("items", [])
        values = [part.get("value") for part in parts]
        text_first = len(values) == 2 and isinstance(values[0], str)
        if not (text_first and isinstance(values[1], int | float)):
            return [], f"{say_kind(item)} in the list, instead of a pair (name, probability)"
        pairs.append((values[0], float(values[1])))
    return pairs, ""


def collect_number(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for the class of scores whose largest is a class, and of some whose largest is the background."""
    return {
        name: call(namespace, "class_number", np.asarray(inputs[name], np.float32))
        for name in ("thing", "background")
    }


def judge_number(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge both class numbers."""
    hints = {
        "thing": "Output 0 is the background, so class 0 is output 1.",
        "background": "Leave the background out before you look for the largest: scores[1:].",
    }
    steps = []
    for name, key in zip(NUMBER, hints, strict=True):
        right, found = compare(
            read(data.get(key), words), expected[key], words, mistakes=expected[f"{key} mistakes"]
        )
        largest = int(np.argmax(inputs[key]))
        about = f"{expected[key]}, where the largest of {len(inputs[key])} outputs is number {largest}"
        steps.append(Step(name, 1.0, right, words.example(about), found, hints[key]))
    return steps


def classify_pictures(inputs: Inputs) -> dict[str, list[np.ndarray]]:
    """Square pictures, and wide and high ones, from the seeds in the inputs."""
    return {
        "square": [picture(int(seed), 16, 16, 2) for seed in inputs["square"]],
        "long": [
            picture(int(seed), *((24, 42) if number % 2 else (42, 24)), 3)
            for number, seed in enumerate(inputs["long"])
        ],
    }


def collect_classify(namespace: Namespace, inputs: Inputs) -> Data:
    """Let the student's function name each picture with the small network."""
    function = namespace.get("classify")
    if not callable(function):
        return {"missing": True, "name": "classify"}
    model = network(int(inputs["network"]))
    names = [str(name) for name in inputs["names"]]

    def name_all(pictures: list[np.ndarray]) -> list[Data]:
        return [describe(function(model, pixels.copy(), list(names))) for pixels in pictures]

    groups = classify_pictures(inputs)
    return {
        kind: {**attempt(lambda shown=shown: name_all(shown), namespace), "name": "classify"}
        for kind, shown in groups.items()
    }


def judge_classify(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the names given to square pictures and to the others."""
    hints = {
        "square": "prepare the picture for network.input_shape[1], predict, take the argmax, and look up its name.",
        "long": "Your prepare must cut out the middle square first.",
    }
    steps = []
    for name, key in zip(CLASSIFY, hints, strict=True):
        problem = read(data, words).problem if data.get("missing") else ""
        said = data.get(key, {})
        if not problem and "answer" not in said:
            problem = read(said, words).problem
        answers = said.get("answer", []) if not problem else []
        texts = [answer.get("value") for answer in answers]
        if not problem and not all(isinstance(text, str) for text in texts):
            problem = f"{say_kind(answers[0])} instead of a name"
        right = not problem and texts == expected[key]
        found = problem or _hits(texts, expected[key], expected[f"{key} mistakes"], words)
        wanted = words.example(", ".join(expected[key]))
        steps.append(Step(name, 1.0, bool(right), wanted, found, hints[key]))
    return steps


def _hits(texts: list[str], wanted: list[str], mistakes: Any, words: Wording) -> str:
    for sentence, wrong in mistakes.items():
        if texts == wrong and texts != wanted:
            return sentence
    if words.hidden:
        return "other names" if texts != wanted else "the right names"
    return ", ".join(texts)


CHECKS = (
    Check(
        "week4.prepare",
        "Part 1, prepare",
        PREPARE,
        "week4/classify#what-goes-in",
        collect_prepare,
        judge_prepare,
    ),
    Check("week4.top", "Part 2, top", TOP, "week4/classify#what-comes-out", collect_top, judge_top),
    Check(
        "week4.class_number",
        "Part 3, class_number",
        NUMBER,
        "week4/classify#what-goes-wrong",
        collect_number,
        judge_number,
    ),
    Check(
        "week4.classify",
        "Part 4, classify",
        CLASSIFY,
        "week4/classify#what-comes-out",
        collect_classify,
        judge_classify,
    ),
)
