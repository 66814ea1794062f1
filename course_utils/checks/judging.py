"""The trusted side: turn collected data into verdicts, step by step.

Nothing here runs the student's code. The data may be anything that JSON can hold (a student's process wrote
it), so every look at it is guarded. On hidden inputs no sentence may carry a value: `Wording` sees to that.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

#: Sentences for wrong answers that give themselves away: what went wrong → the answer that it leads to.
Mistakes = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """The verdict on one step of a check."""

    name: str
    points: float
    passed: bool
    expected: str
    found: str
    hint: str = ""

    @property
    def earned(self) -> float:
        """The points that this step brings."""
        return self.points if self.passed else 0.0


@dataclass(frozen=True)
class Wording:
    """Says values where they may be said, and speaks around them where the inputs are hidden."""

    hidden: bool = False

    def value(self, value: object) -> str:
        """Return the value as text, or a few words that give nothing away."""
        return "a value that is not shown" if self.hidden else show(value)

    def wrong_value(self, value: object) -> str:
        """Return how to speak of an answer that is wrong."""
        return "another value, on inputs that you do not see" if self.hidden else show(value)

    def example(self, text: str) -> str:
        """Return the example, or what stands for it."""
        return "the right answer on inputs that you do not see" if self.hidden else text

    def error(self, error: object) -> str:
        """Return the student's error in words; on hidden inputs without its message, which may quote them."""
        if not isinstance(error, Mapping):
            return "it stopped with an error"
        kind, message, line = (str(error.get(key, ""))[:300] for key in ("type", "message", "line"))
        if kind == "NotImplementedError":
            return "it is still empty (NotImplementedError)"
        if kind == "TimeLimit":
            return message
        said = kind if self.hidden or not message else f"{kind}: {message}"
        return f"it stopped with {said}" + (f", in the line “{line}”" if line else "")


@dataclass(frozen=True)
class Reading:
    """What could be read from one answer: an array of numbers, or the problem that stood in the way."""

    value: np.ndarray | None
    kind: str = ""
    problem: str = ""


def read(call: object, words: Wording, part: int | None = None, parts: int = 0) -> Reading:
    """Read the numbers in the answer of one call.

    With `part`, the answer must be a tuple or a list of `parts` things, and the one at that position is read.
    """
    if not isinstance(call, Mapping):
        return Reading(None, problem="no answer that could be read")
    name = str(call.get("name", "it"))[:60]
    if call.get("missing"):
        return Reading(None, problem=f"there is no function called {name}")
    if "error" in call:
        return Reading(None, problem=words.error(call["error"]))
    answer = call.get("answer")
    if part is not None:
        items = answer.get("items") if isinstance(answer, Mapping) else None
        if not isinstance(items, list) or len(items) != parts:
            return Reading(None, problem=f"{say_kind(answer)} instead of {parts} values, as in “return a, b”")
        answer = items[part]
    return read_numbers(answer)


def read_numbers(answer: object) -> Reading:
    """Read a described value (see `plain.describe`) as an array of floats."""
    if not isinstance(answer, Mapping):
        return Reading(None, problem="no answer that could be read")
    kind = say_kind(answer)
    if answer.get("type") == "None":
        return Reading(None, kind, "None: is the “return” missing?")
    value = answer.get("value")
    if isinstance(value, bool | str) or not isinstance(value, int | float | np.ndarray):
        return Reading(None, kind, f"{kind} instead of numbers")
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        return Reading(None, kind, "truth values instead of numbers")
    return Reading(array.astype(np.float64), kind)


def say_kind(answer: object) -> str:
    """Return what kind of thing the answer is, in words."""
    if not isinstance(answer, Mapping):
        return "nothing"
    kind = str(answer.get("type", "nothing"))[:100]
    value = answer.get("value")
    if isinstance(value, np.ndarray) and kind in ("array", "tensor"):
        return f"{'an' if kind == 'array' else 'a'} {kind} of shape {value.shape}"
    if kind == "None":
        return "None"
    return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}"


def compare(
    reading: Reading,
    expected: object,
    words: Wording,
    *,
    tolerance: float = 1e-6,
    mistakes: Mistakes | None = None,
    any_shape: bool = False,
) -> tuple[bool, str]:
    """Hold an answer against the expected numbers; return whether it is right, and what was found, in words.

    `tolerance` is relative to the size of the expected numbers (at least 1). With `any_shape`, only the
    numbers and their order count. A wrong answer that equals one of the `mistakes` is called by its name.
    """
    if reading.value is None:
        return False, reading.problem
    wanted = np.asarray(expected, dtype=np.float64)
    found = reading.value
    if any_shape and found.size == wanted.size:
        found = found.reshape(wanted.shape)
    if found.shape != wanted.shape:
        return False, f"{_say_shape(found.shape, reading.kind)} instead of {_say_shape(wanted.shape)}"
    if not np.all(np.isfinite(found)):
        return False, "NaN or infinity: the numbers have grown out of all bounds"
    if _near(found, wanted, tolerance):
        return True, words.value(found)
    for sentence, answer in (mistakes or {}).items():
        if _near(found, np.asarray(answer, dtype=np.float64), max(tolerance, 1e-6)):
            said = "" if words.hidden else f"{show(found)}: "
            return False, said + sentence
    return False, words.wrong_value(found)


def show(value: object) -> str:
    """Write numbers as a person would: few digits, and the middle of long lists left out."""
    array = np.asarray(value)
    if array.dtype.kind not in "iufb":
        return str(value)[:100]
    if array.ndim == 0:
        return _show_number(array.item())
    flat = [_show_number(item) for item in array.ravel()[:6].tolist()]
    inside = ", ".join(flat) + (", …" if array.size > 6 else "")
    return f"[{inside}]" + (f" (shape {array.shape})" if array.ndim > 1 else "")


def failed(step_name: str, points: float, expected: str, found: str, hint: str = "") -> Step:
    """Return a step that was not passed."""
    return Step(step_name, points, False, expected, found, hint)


def _near(found: np.ndarray, wanted: np.ndarray, tolerance: float) -> bool:
    if found.shape != wanted.shape or not np.all(np.isfinite(wanted)):
        return False
    scale = max(1.0, float(np.max(np.abs(wanted), initial=0.0)))
    return bool(np.all(np.abs(found - wanted) <= tolerance * scale))


def _say_shape(shape: tuple[int, ...], kind: str = "") -> str:
    if shape == ():
        return "a single number"
    return f"{kind or 'numbers'} of shape {shape}" if "shape" not in kind else kind


def _show_number(number: float) -> str:
    if isinstance(number, float) and not math.isfinite(number):
        return str(number)
    return f"{number:.6g}"
