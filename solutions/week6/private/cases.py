"""What week 6 is judged on: inputs, right answers, and the forms that are small enough.

`visible()` is public: `course release` writes it to course_utils/checks/cases/week6.json.
`hidden(generator)` makes other inputs from the class secret. Both are plain data: numbers, lists and text.
"""

from typing import Any

import numpy as np

from course_utils.checks.week6.rounding import errors

Case = dict[str, Any]


def visible() -> dict[str, Case]:
    """Return the cases that everybody sees: the examples of the notebook."""
    return {
        "week6.look_inside": _look(["Dense 16", "ReLU", "Flatten", "Dense 4", "Softmax"], "3.9.2"),
        "week6.to_browser": _plain(61, 12),
        "week6.mend": _plain(62, 0),
        "week6.quantise": _quantise(np.random.default_rng(6), 5, 8, 0.25),
        "week6.smallest": _smallest(64),
        "week6.to_phone": _plain(65, 0),
        "week6.run_litert": _plain(66, 5),
        "week6.run_onnx": _plain(67, 7),
        "week6.prove": _plain(68, 0),
    }


def hidden(generator: np.random.Generator) -> dict[str, Case]:
    """Return cases of the same kinds with other models, pictures and weights, all made by the generator."""

    def whole(low: int, high: int) -> int:
        return int(generator.integers(low, high + 1))

    def seed() -> int:
        return whole(1_000, 10**9)

    between = [["ReLU", "ELU", "Softmax", "LeakyReLU"][whole(0, 3)] for _ in range(whole(2, 3))]
    layers = [part for kind in between for part in (f"Dense {whole(5, 40)}", kind)]
    return {
        "week6.look_inside": _look([*layers, f"Dense {whole(2, 9)}"], f"3.{whole(3, 14)}.{whole(3, 9)}"),
        "week6.to_browser": _plain(seed(), whole(9, 15)),
        "week6.mend": _plain(seed(), 0),
        "week6.quantise": _quantise(generator, whole(6, 9), whole(9, 12), round(float(generator.uniform(-3, -1)), 3)),
        "week6.smallest": _smallest(seed()),
        "week6.to_phone": _plain(seed(), 0),
        "week6.run_litert": _plain(seed(), whole(8, 12)),
        "week6.run_onnx": _plain(seed(), whole(13, 17)),
        "week6.prove": _plain(seed(), 0),
    }


def _plain(seed: int, count: int) -> Case:
    return {"inputs": {"seed": seed, **({"count": count} if count else {})}, "expected": {}}


def _look(layers: list[str], version: str) -> Case:
    classes = ["InputLayer", *(layer.split()[0] for layer in layers)]
    return {"inputs": {"layers": layers, "version": version}, "expected": {"classes": classes}}


def _quantise(random: np.random.Generator, rows: int, columns: int, alike: float) -> Case:
    weights = random.normal(0.3, 0.8, (rows, columns)).round(4)
    return {"inputs": {"weights": weights.tolist(), "alike": alike}, "expected": {}}


def _smallest(seed: int) -> Case:
    """Four networks: one that bears a byte, one with an outlier, one that is too fine for float16, one at its limit."""
    kinds = {"easy": (1.0, 1.0), "rough": (150.0, 1.0), "fine": (400.0, 1e9), "exact": (150.0, 1.0)}
    networks, expected = {}, {}
    for place, (name, (outlier, tiny)) in enumerate(kinds.items()):
        # Seeds are tried until the forms differ as they should: how many errors a rounding makes is a matter of luck.
        for tried in range(200):
            case = {"seed": seed + 1_000 * place + tried, "outlier": outlier, "tiny": tiny}
            made = errors(case)
            more = {form: made[form] - made["float32"] for form in ("float16", "uint8")}
            if fits(name, more):
                break
        else:
            raise AssertionError(f"no network for {name}")
        allowed = {"easy": 5, "rough": 5, "fine": 5, "exact": more["uint8"]}[name]
        networks[name] = {**case, "allowed": allowed}
        expected[name] = {"easy": "uint8", "rough": "float16", "fine": "float32", "exact": "uint8"}[name]
    expected["short"] = "float16"
    return {"inputs": {"networks": networks}, "expected": expected}


def fits(name: str, more: dict[str, int]) -> bool:
    """Whether a network loses to each form what the case needs."""
    return {
        "easy": 0 <= more["uint8"] <= 3 and abs(more["float16"]) <= 2,
        "rough": more["uint8"] >= 15 and abs(more["float16"]) <= 2,
        "fine": more["uint8"] >= 15 and more["float16"] >= 15,
        "exact": 4 <= more["uint8"] <= 60 and abs(more["float16"]) <= 1,
    }[name]
