"""The proof that a converted model computes what the original does, in the runtime it was converted for.

    proof = prove(model, Path("out"), "tfjs-layers", sample_inputs(model, 4))
    print(proof)
    if not proof.passed: ...

Both sides run for real: Keras here, TensorFlow.js under Node, LiteRT, ONNX Runtime.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.conversion.formats import ONNX
from course_utils.conversion.proof.comparison import (
    ACCURACY_POINTS,
    HALF,
    STRICT,
    Bounds,
    Difference,
    accuracy,
    compare_all,
    worst,
)
from course_utils.conversion.proof.inputs import read_data, sample_inputs
from course_utils.conversion.proof.precision import is_half
from course_utils.conversion.proof.runtimes import BACKENDS, Job, Result, run
from course_utils.conversion.proof.source import inputs_of, output_names, predict
from course_utils.errors import CourseError

if TYPE_CHECKING:
    from course_utils.conversion.proof.source import Source

__all__ = ["Difference", "Job", "Proof", "Result", "Row", "prove", "read_data", "run", "sample_inputs"]

# Rows that every runtime answers where nothing else is said: plain JavaScript needs seconds for one picture in a large
# network. All labelled ones are answered by the fastest runtime alone.
ROWS_COMPARED = 32


@dataclass(frozen=True)
class Row:
    """How one runtime fared.

    Attributes:
        runtime: its name, such as "TensorFlow.js (WASM)".
        differences: one each output, in the original's order; empty where it could not run.
        seconds: for loading and for predicting.
        reason: why it failed or proves nothing, without a full stop; None where it passed.
    """

    runtime: str
    differences: tuple[Difference, ...]
    seconds: tuple[float, float]
    reason: str | None

    @property
    def passed(self) -> bool:
        """Whether all outputs agree."""
        return self.reason is None

    @property
    def worst(self) -> Difference | None:
        """The output that is furthest from its bound; None where the model could not run."""
        return worst(self.differences) if self.differences else None


@dataclass(frozen=True)
class Proof:
    """Whether the converted model computes the same, in each of its runtimes.

    Attributes:
        rows: one each runtime.
        count: inputs compared.
        quantized: whether differences were measured alone, since rounding the weights makes some.
        accuracies: of the original and of the converted model, on `labelled` inputs; None without labels.
        labelled: inputs with a label.
        notes: sentences for the user.
    """

    rows: tuple[Row, ...]
    count: int
    quantized: bool = False
    accuracies: tuple[float, float] | None = None
    labelled: int = 0
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every runtime agrees within the bounds, and the accuracy holds where it was counted."""
        return self.reason is None

    @property
    def reason(self) -> str | None:
        """What failed first, one clause without a full stop; None where all passed."""
        for row in self.rows:
            if row.reason is not None:
                return f"{row.runtime}: {row.reason}"
        if self.accuracies is not None and self.lost_points > ACCURACY_POINTS:
            before, after = self.accuracies
            return (
                f"quantising costs {self.lost_points:.2f} points of accuracy on {self.labelled} labelled inputs "
                f"({100 * before:.2f} % before, {100 * after:.2f} % after), where {ACCURACY_POINTS} is allowed"
            )
        return None

    @property
    def lost_points(self) -> float:
        """Percentage points of accuracy lost; negative where some were won, 0 without labels."""
        if self.accuracies is None:
            return 0.0
        # Rounded, so that 0.5 points are 0.5 points.
        return round(100 * (self.accuracies[0] - self.accuracies[1]), 9)

    @property
    def max_abs(self) -> float:
        """The largest difference in any runtime."""
        return max((one.max_abs for row in self.rows for one in row.differences), default=float("inf"))

    def __str__(self) -> str:
        lines = [_line(row) for row in self.rows]
        if self.accuracies is not None:
            before, after = self.accuracies
            lines.append(
                f"accuracy on {self.labelled} labelled inputs: {100 * before:.2f} % before, {100 * after:.2f} % after"
            )
        return "\n".join([*lines, *self.notes])


def prove(
    source: Source,
    folder: Path,
    to: str,
    inputs: Sequence[np.ndarray],
    *,
    quantized: bool = False,
    labels: np.ndarray | None = None,
    count: int = ROWS_COMPARED,
) -> Proof:
    """Run inputs through the original and through the converted model in its real runtimes, and compare.

    Args:
        source: the original.
        folder: holds the converted model.
        to: its format.
        inputs: one array an input of the model, in its order, with at least two rows.
        quantized: measure the differences without judging them; the accuracy is judged where there are labels.
        labels: one each row.
        count: rows to compare in every runtime, taken evenly from all; the accuracy is counted on all.

    Raises:
        CourseError: a runtime is missing, or the labels do not fit; a model that fails is told by the proof itself.
    """
    rows = _rows_compared(source, len(inputs[0]), count)
    compared = [values[rows] for values in inputs]
    expected = predict(source, compared)
    names = output_names(source, len(expected))
    if labels is not None and len(expected) > 1:
        raise CourseError(
            f"Labels y are for models with one output, and {source.name} has {len(expected)} ({', '.join(names)}): "
            "leave y out, and the differences are measured alone."
        )
    backends = BACKENDS if to.startswith("tfjs") else ("",)
    given = tuple(port.name for port in inputs_of(source))
    jobs = [Job(to, Path(folder), compared, backend, given, names) for backend in backends]
    if labels is not None and len(labels) > len(rows):
        # The last backend is the fastest.
        jobs.append(Job(to, Path(folder), inputs, backends[-1], given, names))
    results = run(jobs)
    bounds = None if quantized else bounds_of(source, to)
    judged = [
        _judged(job, result, expected, names, bounds)
        for job, result in zip(jobs[: len(backends)], results, strict=False)
    ]
    accuracies = None
    if labels is not None and all(row.passed for row in judged):
        accuracies = _accuracies(source, inputs, labels, results[-1])
    return Proof(
        rows=tuple(judged),
        count=len(rows),
        quantized=quantized,
        accuracies=accuracies,
        labelled=0 if accuracies is None or labels is None else len(labels),
        notes=tuple(_notes(source, jobs, results[: len(backends)], quantized and labels is None)),
    )


def bounds_of(source: Source, to: str) -> Bounds:
    """How exact a conversion that was not quantised must be on the CPU."""
    return HALF if to == ONNX and is_half(source) else STRICT


def _rows_compared(source: Source, rows: int, count: int) -> np.ndarray:
    """Which rows to compare: `count` of them, or more to fill what the model takes at a time, evenly from all.

    Data are often sorted by their class, so the first rows alone would be alike.
    """
    fixed = next((port.shape[0] for port in inputs_of(source) if port.shape[0]), 1)
    wanted = min(rows, -(-count // fixed) * fixed)
    return np.linspace(0, rows - 1, wanted).astype(int)


def _judged(
    job: Job, result: Result, expected: Sequence[np.ndarray], names: Sequence[str], bounds: Bounds | None
) -> Row:
    seconds = (result.loading, result.predicting)
    if result.error is not None:
        return Row(job.runtime, (), seconds, f"it could not run the model ({result.error})")
    differences = compare_all(expected, result.outputs, names, bounds)
    return Row(job.runtime, differences, seconds, worst(differences).reason)


def _accuracies(
    source: Source, inputs: Sequence[np.ndarray], labels: np.ndarray, result: Result
) -> tuple[float, float]:
    if result.error is not None:
        raise CourseError(f"The labelled inputs could not all be run: {result.error}.")
    return accuracy(predict(source, inputs)[0], labels), accuracy(result.outputs[0], labels)


def _notes(
    source: Source, jobs: Sequence[Job], results: Sequence[Result], has_no_labels: bool
) -> Iterator[str]:
    if is_half(source):
        yield "The original computes in 16 bits; it was compared with its own weights computing in 32."
    if any(result.asynchronous for result in results):
        yield (
            "The graph holds loops or branches, so `predict` refuses it: call `executeAsync` (or `predictAsync`), "
            "or take the tfjs-layers format."
        )
    for job, result in zip(jobs, results, strict=False):
        if result.leaked:
            yield f"{job.runtime} leaves {result.leaked} tensors behind when it predicts: free them in the page."
    if has_no_labels:
        yield "What quantising costs in accuracy was not measured: give labelled data with --data."


def _line(row: Row) -> str:
    name = f"{row.runtime:<20}"
    difference = row.worst
    if difference is None or not np.isfinite(difference.max_abs):
        return f"{name} {row.reason}"
    parts = [f"largest difference {difference.max_abs:.1e}"]
    if difference.bound is not None:
        parts[0] += f" ({difference.bound:.1e} allowed)"
    parts.append(f"mean {difference.mean_abs:.1e}")
    if difference.top1 is not None:
        parts.append(f"same top class {100 * difference.top1:.4g} %")
    parts.append(f"{sum(row.seconds):.1f} s")
    if len(row.differences) > 1:
        parts.append(f"worst of {len(row.differences)} outputs: {difference.name}")
    return f"{name} {', '.join(parts)}" + (f"; {row.reason}" if row.reason else "")
