"""Part 9: does a converted model answer as the original does? The inputs are the learner's choice."""

from collections.abc import Callable, Mapping

import numpy as np

from course_utils.checks.collecting import Data, Namespace, call
from course_utils.checks.judging import Step, Wording, read
from course_utils.checks.registry import Check, Expected, Inputs
from course_utils.checks.week6.networks import SIDE, answers, weights

PROVE = {
    "says yes where only rounding differs": 1.0,
    "finds a kernel that is turned": 1.0,
    "finds inputs on another scale": 1.0,
    "takes NaN for no agreement": 1.0,
    "takes answers that never vary for no proof": 1.0,
}
#: In the order of the steps: what is wrong with the converted model, and whether the two agree.
PAIRS = {"rounded": True, "turned": False, "scaled": False, "nan": False, "constant": False}
SHAPE = (SIDE, SIDE, 1)
BOUND = 1e-4


def collect_prove(namespace: Namespace, inputs: Inputs) -> Data:
    """Have five pairs of models compared, on inputs that the student's function makes."""
    found = {}
    for name in PAIRS:
        original, converted = pair(int(inputs["seed"]), name)
        found[name] = call(namespace, "prove", original, converted, SHAPE, BOUND)
    return {"pairs": found, "name": "prove"} if callable(namespace.get("prove")) else found["rounded"]


def pair(seed: int, name: str) -> tuple[Callable, Callable]:
    """An original and its converted twin: functions from inputs (n, *SHAPE) to probabilities (n, classes)."""
    network = [np.array(array) for array in weights(seed)]
    if name == "constant":
        # As an untrained network may be: its answers hardly depend on what it sees.
        network[2] = network[2] * np.float32(1e-6)
    twin = list(network)
    if name == "turned":
        kernel = network[0].reshape(SIDE, SIDE, -1)
        twin[0] = kernel.transpose(1, 0, 2).reshape(network[0].shape)

    def original(images: np.ndarray) -> np.ndarray:
        return _answered(network, images)

    def converted(images: np.ndarray) -> np.ndarray:
        factor = 1 / 255 if name == "scaled" else 1.0
        said = _answered(twin, np.asarray(images, np.float64) * factor)
        if name == "nan":
            said[len(said) // 2] = np.nan
        elif name == "rounded":
            said = (said * (1 + np.float32(2e-7))).astype(np.float32)
        return said

    return original, converted


def _answered(network: list[np.ndarray], images: np.ndarray) -> np.ndarray:
    values = np.asarray(images, np.float64)
    if values.ndim != 4 or values.shape[1:] != SHAPE or not len(values):
        raise ValueError(f"inputs of shape {values.shape}: expected (n, {', '.join(map(str, SHAPE))})")
    return answers(tuple(network), values).astype(np.float32)


def judge_prove(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the verdict on each pair. Whoever always says the same has compared nothing."""
    pairs = data.get("pairs") if isinstance(data.get("pairs"), Mapping) else {}
    problem = "" if pairs else read(data, words).problem
    verdicts = {name: _verdict(pairs.get(name), words) for name in PAIRS} if pairs else {}
    said = [verdict for verdict, _ in verdicts.values()]
    never = bool(said) and not any(verdict is True for verdict in said)
    hints = {
        "rounded": "Give inputs that vary, from 0 to 1, and allow differences up to the bound.",
        "turned": "On zeros every kernel gives the same. Random pictures tell kernels apart.",
        "scaled": "Inputs of 0 are 0 on every scale. Compare answers to pictures, number by number.",
        "nan": "nan > bound is False. Ask whether the largest difference is at most the bound, or for np.isfinite.",
        "constant": "np.ptp(answers, axis=0).max() tells how far the original's answers vary: False below 10 × bound.",
    }
    found = {
        "rounded": "False: the differences are below the bound",
        "turned": "True: did the two kernels ever meet different pixels?",
        "scaled": "True, although one of them gets a 255th of its input",
        "nan": "True, although one answer is not a number",
        "constant": "True, although the original answers the same to every input",
    }
    steps = []
    for (name, agrees), step in zip(PAIRS.items(), PROVE, strict=True):
        verdict, fault = verdicts.get(name, (None, problem))
        passed = verdict is agrees and not (never and not agrees)
        fault = fault or ("False for every pair, whatever it is" if never and not agrees else found[name])
        wanted = f"{agrees}: {_TOLD[name]}"
        steps.append(Step(step, 1.0, passed, wanted, str(verdict) if passed else fault, hints[name]))
    return steps


_TOLD = {
    "rounded": "the two differ in the seventh digit",
    "turned": "rows and columns of the first kernel have changed places",
    "scaled": "the converted model divides its input by 255",
    "nan": "one of the converted model's answers is NaN",
    "constant": "the original answers the same to every input, so nothing is proven",
}


def _verdict(called: object, words: Wording) -> tuple[bool | None, str]:
    answer = called.get("answer") if isinstance(called, Mapping) else None
    value = answer.get("value") if isinstance(answer, Mapping) else None
    if isinstance(value, bool):
        return value, ""
    reading = read(called, words)
    return None, reading.problem or "something else than True or False"


CHECKS = (
    Check(
        "week6.prove",
        "Part 9, prove",
        PROVE,
        "week6/agreement#inputs-that-prove-something",
        collect_prove,
        judge_prove,
    ),
)
