"""What converting costs: time, memory and size of each format, and what rounding costs the digits' model."""

from __future__ import annotations

import json as json_format
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from course_utils.bench.measuring import measuring
from course_utils.book.pages import find_root
from course_utils.errors import CourseError

OURS, KERAS, REFERENCE = "ours", "Keras' export", "tensorflowjs 4.22"
# Of each writer, what it can write; full-int8 needs real inputs and is measured on the digits.
WAYS: tuple[tuple[str, str, str], ...] = (
    *((OURS, to, way) for to in ("tfjs-layers", "tfjs-graph") for way in ("none", "float16", "uint8")),
    *((OURS, "litert", way) for way in ("none", "float16", "dynamic")),
    *((OURS, "onnx", way) for way in ("none", "float16", "dynamic")),
    *((KERAS, to, "none") for to in ("litert", "onnx")),
    *((REFERENCE, to, "none") for to in ("tfjs-layers", "tfjs-graph")),
)
# The bars: MobileNetV2 into the layers format, and the digits' model for the page.
MOST_SECONDS = 2.0
MOST_TIMES_ITS_WEIGHTS = 3.0
MOST_BYTES = 45_000
MOST_POINTS = 0.2
_CHILD_SECONDS = 600
_ROWS = 500


@dataclass(frozen=True)
class Cost:
    """What one conversion of the measured network cost, in a process of its own.

    Attributes:
        writer: who wrote it.
        to, quantize: the format, and how weights are stored.
        seconds: beyond loading the model.
        memory: the largest number of bytes held beyond what the loaded model held; None where another process works.
        size: bytes of all files.
        error: why there is no result; None where there is one.
    """

    writer: str
    to: str
    quantize: str
    seconds: float = 0.0
    memory: int | None = None
    size: int = 0
    error: str | None = None


@dataclass(frozen=True)
class Digits:
    """What rounding its weights to eight bits costs the digits' model, both accuracies on the same test pictures.

    Attributes:
        size: bytes of model.json and its shards.
        before: accuracy in Keras, 0 to 1.
        after: accuracy of the rounded model in TensorFlow.js (WASM).
        source: which pictures, in words.
    """

    size: int
    before: float
    after: float
    source: str

    @property
    def lost_points(self) -> float:
        """Percentage points of accuracy lost."""
        return round(100 * (self.before - self.after), 6)


def convert(
    json: bool = False,
    root: Path | None = None,
    ways: Sequence[tuple[str, str, str]] = WAYS,
    pixels: int = 224,
) -> int:
    """Measure conversions of MobileNetV2 at full width, and the digits' model at uint8.

    Args:
        json: print one JSON object instead of tables.
        root: the project's folder; the one that the current folder lies in by default.
        ways: (writer, format, quantisation) to measure, some of `WAYS`.
        pixels: the side of the network's pictures.

    Returns:
        The exit status: 0 where all bars are kept, else 1.
    """
    root = root or find_root()
    costs, weights = measure(ways, pixels)
    with measuring():
        digits = measure_digits(root)
    faults = [*_faults(costs, weights), *_faults_of(digits)]
    if json:
        result = {
            "weights": weights,
            "conversions": [asdict(cost) for cost in costs],
            "digits": asdict(digits),
        }
        print(json_format.dumps(result | {"faults": faults}, indent=1))
    else:
        console = Console()
        console.print(_table(costs, weights))
        console.print(
            f"digits-cnn at uint8: {digits.size / 1000:.1f} kB, accuracy {100 * digits.before:.2f} % in Keras and "
            f"{100 * digits.after:.2f} % in TensorFlow.js, on {digits.source}.",
            highlight=False,
            soft_wrap=True,
        )
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def measure(ways: Sequence[tuple[str, str, str]] = WAYS, pixels: int = 224) -> tuple[list[Cost], int]:
    """The cost of each conversion of MobileNetV2, and the bytes of its weights."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    if any(writer == REFERENCE for writer, *_ in ways):
        from course_utils.conversion.reference import environment

        environment()  # making it is no part of a conversion
    with tempfile.TemporaryDirectory() as folder:
        model = keras.applications.MobileNetV2(weights=None, input_shape=(pixels, pixels, 3))
        path = Path(folder, "mobilenet_v2.keras")
        model.save(path)
        shown = track(ways, "Converting MobileNetV2", console=Console(stderr=True), transient=True)
        costs = [_cost(*way, path, Path(folder, str(number))) for number, way in enumerate(shown)]
        return costs, sum(weight.numpy().nbytes for weight in model.weights)


def measure_digits(root: Path) -> Digits:
    """The size of the digits' model at uint8, and its accuracy before and after on the test pictures.

    Raises:
        CourseError: it has not been trained, or TensorFlow.js cannot run it.
    """
    folder = root / "book" / "_static" / "models" / "digits-cnn"
    path = folder / "digits-cnn.keras"
    if not path.is_file():
        raise CourseError(f"{path} does not exist: train the model with `course train digits-cnn`.")
    import keras
    import numpy as np

    from course_utils.conversion import layers
    from course_utils.conversion.proof import Job, run
    from course_utils.training.digits import pictures

    model = keras.saving.load_model(path)
    splits = pictures()
    test = splits.test
    said = model.predict(test.images, batch_size=_ROWS, verbose=0)
    with tempfile.TemporaryDirectory() as scratch:
        written = layers.write(model, Path(scratch), "uint8")
        size = sum(file.stat().st_size for file in written.files)
        (result,) = run([Job("tfjs-layers", Path(scratch), [test.images], "wasm")])
    if result.error is not None:
        raise CourseError(f"{path} could not be run in TensorFlow.js ({result.error}): train it again.")
    before, after = (
        float(np.mean(answer.argmax(axis=1) == test.labels)) for answer in (said, result.outputs[0])
    )
    return Digits(size, before, after, f"{len(test.labels):,} test pictures of {splits.source}")


def _cost(writer: str, to: str, quantize: str, model: Path, folder: Path) -> Cost:
    """Convert in a fresh process, so that nothing is measured twice and nothing is warm."""
    folder.mkdir()
    command = [
        sys.executable,
        "-m",
        "course_utils.bench.converting",
        writer,
        to,
        quantize,
        str(model),
        str(folder),
    ]
    try:
        result = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_CHILD_SECONDS)
    except subprocess.TimeoutExpired:
        return Cost(writer, to, quantize, error=f"not done after {_CHILD_SECONDS} s")
    lines = result.stdout.splitlines()
    if result.returncode or not lines:
        said = [line for line in result.stderr.splitlines() if line.strip()]
        return Cost(writer, to, quantize, error=said[-1] if said else "no reason given")
    measured = json_format.loads(lines[-1])
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Cost(writer, to, quantize, measured["seconds"], measured["memory"], size)


def _faults(costs: Sequence[Cost], weights: int) -> list[str]:
    """What is over its bar, or did not work at all, one sentence each."""
    faults = [
        f"{cost.writer} could not write {cost.to}: {cost.error}" for cost in costs if cost.error is not None
    ]
    for cost in costs:
        if (cost.writer, cost.to, cost.quantize) != (OURS, "tfjs-layers", "none") or cost.error is not None:
            continue
        if cost.seconds > MOST_SECONDS:
            faults.append(
                f"Writing tfjs-layers took {cost.seconds:.1f} s, where {MOST_SECONDS:g} s are allowed."
            )
        if cost.memory is not None and cost.memory > MOST_TIMES_ITS_WEIGHTS * weights:
            faults.append(
                f"Writing tfjs-layers took {cost.memory / 1e6:.0f} MB, where {MOST_TIMES_ITS_WEIGHTS:g} times the "
                f"weights' {weights / 1e6:.0f} MB are allowed."
            )
    return faults


def _faults_of(digits: Digits) -> list[str]:
    faults = []
    if digits.size > MOST_BYTES:
        faults.append(f"digits-cnn at uint8 has {digits.size} bytes, where {MOST_BYTES} are allowed.")
    if digits.lost_points > MOST_POINTS:
        faults.append(
            f"digits-cnn at uint8 loses {digits.lost_points:.2f} points, where {MOST_POINTS} are allowed."
        )
    return faults


def _table(costs: Sequence[Cost], weights: int) -> Table:
    table = Table(title=f"MobileNetV2, {weights / 1e6:.1f} MB of weights, each in a fresh process")
    for title in ("Written by", "Format", "Quantised"):
        table.add_column(title)
    for title in ("s", "MB held", "MB written"):
        table.add_column(title, justify="right")
    for cost in costs:
        if cost.error is not None:
            table.add_row(cost.writer, cost.to, cost.quantize, "[red]failed[/red]", "", "")
            continue
        held = "" if cost.memory is None else f"{cost.memory / 1e6:.0f}"
        table.add_row(
            cost.writer, cost.to, cost.quantize, f"{cost.seconds:.1f}", held, f"{cost.size / 1e6:.1f}"
        )
    return table
