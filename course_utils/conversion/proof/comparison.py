"""When two runtimes' outputs count as the same, and when agreeing proves nothing.

An output is judged against two things: its own size, which rounding grows with, and its spread over the inputs, which
is what there is to get wrong. A model that answers almost the same to every input agrees with any conversion of it,
right or wrong, so such outputs are refused as no proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from course_utils.errors import CourseError

# An output that varies by less than this part of its size is near-constant: the rounding of a deep network in float32,
# some 1e-6 of the size, must lie well below a thousandth of the spread.
LEAST_VARIATION = 1e-2
# The accuracy that quantising may cost, in percentage points.
ACCURACY_POINTS = 0.5


@dataclass(frozen=True)
class Bounds:
    """The largest difference allowed: `of_size` × max(1, max|y|), and `of_spread` × the spread where it is given."""

    of_size: float
    of_spread: float | None


# On the CPU every runtime computes in float32.
STRICT = Bounds(1e-5, 1e-3)
# ONNX Runtime computes a model made for 16 bits in 16, whose rounding is a thousandth.
HALF = Bounds(2e-3, 2e-2)
# Graphics cards round their own way, some to 16 bits.
WEBGL = Bounds(1e-3, None)


@dataclass(frozen=True)
class Difference:
    """How one output differs between the original and the converted model.

    Attributes:
        name: the output's.
        max_abs, mean_abs: of the difference, over all inputs and places.
        size: the largest absolute value of the original's output.
        spread: the largest range, over the inputs, that one place of the original's output takes.
        top1: part of the answers (0 to 1) whose largest class is the same; None where there are no classes.
        bound: the largest difference allowed; None where it was measured alone.
        reason: why it is no proof or failed, without a full stop; None where it passed.
    """

    name: str
    max_abs: float
    mean_abs: float
    size: float
    spread: float
    top1: float | None
    bound: float | None
    reason: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the outputs are the same within the bound, and varied enough to tell."""
        return self.reason is None

    @property
    def badness(self) -> float:
        """By how much the bound is exceeded, for choosing the worst: infinite where there is nothing to compare."""
        if not np.isfinite(self.max_abs):
            return float("inf")
        return self.max_abs / max(self.bound if self.bound is not None else self.spread, 1e-30)


def compare(
    expected: np.ndarray, got: np.ndarray, *, name: str = "output", bounds: Bounds | None = STRICT
) -> Difference:
    """Compare one output of the converted model with the original's.

    Args:
        expected: the original's, one row an input.
        got: the converted model's.
        name: the output's, for the reason.
        bounds: None measures without judging, as for quantised models; what is not a number still fails.
    """
    expected, got = np.asarray(expected), np.asarray(got)
    if expected.shape != got.shape:
        return _unlike(name, f"output {name} has the shape {got.shape} instead of {expected.shape}")
    exact = not np.issubdtype(expected.dtype, np.floating)
    wanted, found = expected.astype(np.float64), got.astype(np.float64)
    if not np.isfinite(wanted).all():
        return _unlike(
            name,
            f"the original itself answers NaN or infinity in output {name}, so there is nothing to compare",
        )
    if not np.isfinite(found).all():
        return _unlike(name, f"output {name} holds NaN or infinity, and the original's does not")
    if not wanted.size:
        return _unlike(name, f"output {name} is empty, so nothing can be compared")
    difference = np.abs(wanted - found)
    spread = spread_of(wanted)
    measured = Difference(
        name=name,
        max_abs=float(difference.max()),
        mean_abs=float(difference.mean()),
        size=float(np.abs(wanted).max()),
        spread=spread,
        top1=_top1(wanted, found),
        bound=None,
    )
    if bounds is None:
        return measured
    return _judged(measured, bounds, exact)


def compare_all(
    expected: Sequence[np.ndarray],
    got: Sequence[np.ndarray],
    names: Sequence[str],
    bounds: Bounds | None = STRICT,
) -> tuple[Difference, ...]:
    """Compare all outputs, each with its own bound."""
    if len(expected) != len(got):
        return (_unlike("", f"the model has {len(got)} outputs instead of {len(expected)}"),)
    return tuple(
        compare(one, other, name=name, bounds=bounds)
        for one, other, name in zip(expected, got, names, strict=True)
    )


def worst(differences: Sequence[Difference]) -> Difference:
    """The one to name: one that failed before one that passed, and among those the furthest from its bound."""
    return max(differences, key=lambda difference: (not difference.passed, difference.badness))


def spread_of(outputs: np.ndarray) -> float:
    """The largest range, over the inputs (axis 0), that one place of the output takes; 0 for fewer than two inputs."""
    if outputs.ndim == 0 or len(outputs) < 2:
        return 0.0
    return float(np.ptp(outputs.astype(np.float64), axis=0).max(initial=0.0))


def variation(outputs: np.ndarray) -> float:
    """The spread as a part of the output's size: 0 where the inputs make no difference."""
    size = float(np.abs(outputs.astype(np.float64)).max(initial=0.0))
    return spread_of(outputs) / size if size else 0.0


def is_saturated(outputs: np.ndarray) -> bool:
    """Whether all values are 0 or 1 to the sixth digit, as a softmax' that is too sure: they hide what made them."""
    values = np.asarray(outputs, np.float64)
    return bool(np.minimum(np.abs(values), np.abs(values - 1)).max(initial=0.0) < 1e-6)


def accuracy(outputs: np.ndarray, labels: np.ndarray) -> float:
    """The part (0 to 1) of `labels` that the outputs' largest class is; of a single output, whether it is above half.

    Args:
        outputs: (rows, …, classes), or (rows, …, 1) for two classes: probabilities, else logits.
        labels: (rows, …) class numbers, or one-hot as the outputs are.

    Raises:
        CourseError: the labels are no classes of these outputs.
    """
    outputs, labels = np.asarray(outputs), np.asarray(labels)
    if labels.shape == outputs.shape and outputs.shape[-1] > 1:
        labels = labels.argmax(axis=-1)
    if labels.ndim == outputs.ndim and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if outputs.ndim > 1 and outputs.shape[-1] > 1:
        answers, classes = outputs.argmax(axis=-1), outputs.shape[-1]
    else:
        single = outputs[..., 0] if outputs.ndim > 1 else outputs
        is_probability = single.min() >= 0 and single.max() <= 1
        answers, classes = single > (0.5 if is_probability else 0.0), 2
    if answers.shape != labels.shape:
        raise CourseError(
            f"The labels y have the shape {labels.shape}, and the model gives {answers.shape} answers: "
            "give one class number for each."
        )
    if not np.array_equal(labels, labels.astype(np.int64)) or labels.min() < 0 or labels.max() >= classes:
        raise CourseError(
            f"The labels y run from {labels.min()} to {labels.max()}, and the model has {classes} classes: "
            f"number them from 0 to {classes - 1}."
        )
    return float((answers == labels).mean())


def _judged(measured: Difference, bounds: Bounds, exact: bool) -> Difference:
    parts = [0.0] if exact else [bounds.of_size * max(1.0, measured.size)]
    if bounds.of_spread is not None and not exact:
        parts.append(bounds.of_spread * measured.spread)
    bound = min(parts)
    return Difference(**{**vars(measured), "bound": bound, "reason": _reason(measured, bound)})


def _reason(measured: Difference, bound: float) -> str | None:
    name = measured.name
    if measured.spread < LEAST_VARIATION * measured.size or not measured.spread:
        part = (
            f"{100 * measured.spread / measured.size:.2g} % of its size"
            if measured.size
            else "nothing: it is 0"
        )
        return (
            f"output {name} proves nothing, for it hardly depends on the inputs (it varies by {part}), and a wrong "
            "conversion would agree as well: give inputs that tell answers apart with --data, or train the model first"
        )
    if measured.max_abs > bound:
        return f"output {name} differs by {measured.max_abs:.2g}, where {bound:.2g} is allowed"
    return None


def _unlike(name: str, reason: str) -> Difference:
    infinite = float("inf")
    return Difference(name, infinite, infinite, infinite, 0.0, None, None, reason)


def _top1(expected: np.ndarray, got: np.ndarray) -> float | None:
    if expected.ndim < 2 or expected.shape[-1] < 2:
        return None
    return float((expected.argmax(axis=-1) == got.argmax(axis=-1)).mean())
