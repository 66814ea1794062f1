"""Inputs for the proof: made up from what the model tells of them."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from course_utils.conversion.proof.comparison import is_saturated, variation
from course_utils.conversion.proof.data import read_data
from course_utils.conversion.proof.hints import Hints, hints_of
from course_utils.conversion.proof.source import Port, inputs_of, predict
from course_utils.errors import CourseError

if TYPE_CHECKING:
    from course_utils.conversion.proof.source import Source

__all__ = ["read_data", "sample_inputs"]

# Sizes to try where the model leaves them open: pixels by their rows and columns, steps of a sequence.
_PIXELS = (96, 128, 224, 320)
_STEPS = (20, 64, 256)
_VOXELS = (16, 32, 64)
# How large numbers are tried, until the outputs vary: what keras.applications' older networks take is about ±128.
_AMPLITUDES = (1.0, 128.0, 0.1)
# Outputs that vary by this part of their size are good to compare; the search for better inputs ends there.
_VARIATION = 0.1
# Of how many times the rows asked for those whose answers differ are taken, where the first ones are answered alike.
_CHOICE = 16


def sample_inputs(source: Source, count: int, seed: int = 0) -> list[np.ndarray]:
    """Made-up inputs for a model, one array an input in its order, that make its outputs vary where anything does.

    An input of an Embedding gets whole numbers within its vocabulary, one that is divided by 255 a picture's values, a
    masked one padding at the end. The same seed gives the same inputs.

    Args:
        source: a built Keras model or a SavedModel.
        count: rows; a model made for a fixed number of them gets a multiple of that, at least as many.
        seed: of the draw.

    Raises:
        CourseError: no input can be made up for this model: it takes text, leaves the number of channels open, or
            accepts none of the sizes tried.
    """
    import keras

    ports = inputs_of(source)
    is_keras = isinstance(source, keras.Model)
    hints = [hints_of(source, index) if is_keras else Hints() for index in range(len(ports))]
    for port, hint in zip(ports, hints, strict=True):
        _refuse(port, hint, source.name)
    fixed = next((port.shape[0] for port in ports if port.shape[0]), 1)
    rows = math.ceil(count / fixed) * fixed
    best, most, problem = None, -1.0, None
    for shapes in _shapes(ports, hints):
        for drawn_rows, amplitude in itertools.product((rows, rows * _CHOICE), _amplitudes(ports, hints)):
            drawn = [
                _drawn(shape, port, hint, drawn_rows, np.random.default_rng([seed, index]), amplitude)
                for index, (shape, port, hint) in enumerate(zip(shapes, ports, hints, strict=True))
            ]
            try:
                outputs = predict(source, drawn)
            # Whatever TensorFlow, Keras or a layer of the user's raises where a size does not fit.
            except Exception as error:  # noqa: BLE001
                problem = error
                break
            chosen = _unlike(outputs, rows)
            least = min((_telling(output[chosen]) for output in outputs), default=0.0)
            if least > most:
                best, most = [values[chosen] for values in drawn], least
            if least > _VARIATION:
                return best
        if best is not None:
            return best
    raise CourseError(
        f"No made-up input fits the model {source.name} ({_brief(problem)}): give some of your own with --data."
    ) from problem


def _telling(output: np.ndarray) -> float:
    """How much the rows of an output differ; nothing where they are too sure of themselves to show what made them."""
    return 0.0 if is_saturated(output) else variation(output)


def _unlike(outputs: Sequence[np.ndarray], rows: int) -> np.ndarray:
    """Which rows to take so that their answers differ: each one the farthest from all those taken before it."""
    count = len(outputs[0]) if outputs else rows
    if count <= rows or any(len(output) != count for output in outputs):
        return np.arange(rows)
    answers = [np.asarray(output, np.float64).reshape(count, -1) for output in outputs]
    answers = np.concatenate(
        [answer / max(np.abs(answer).max(initial=0), 1e-30) for answer in answers], axis=1
    )
    chosen, nearest = [0], np.full(count, np.inf)
    while len(chosen) < rows:
        nearest = np.minimum(nearest, np.abs(answers - answers[chosen[-1]]).max(axis=1, initial=0))
        nearest[chosen] = -1
        chosen.append(int(nearest.argmax()))
    return np.array(sorted(chosen))


def _brief(error: Exception | None) -> str:
    """What is wrong, without the frame and the bold type that Keras puts around it."""
    lines = [re.sub(r"\x1b\[\d*m", "", line).strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith("Exception encountered when calling")]
    return (told[0][:160] if told else type(error).__name__).rstrip(".")


def _refuse(port: Port, hints: Hints, model: str) -> None:
    if port.dtype == "string":
        raise CourseError(
            f"The input {port.name} of {model} takes text, which no converted model can: "
            "turn words into numbers before the model, and convert the rest."
        )
    if (
        len(port.shape) > 2
        and port.shape[1 if hints.channels_first else -1] is None
        and hints.categories is None
    ):
        raise CourseError(
            f"The model {model} leaves the number of channels of its input {port.name} open: fix it in the Input "
            "layer, or give inputs with --data."
        )


def _shapes(ports: Sequence[Port], hints: Sequence[Hints]) -> Iterator[list[tuple[int, ...]]]:
    """The inputs' shapes without the rows; where sizes are open, one choice after the other."""
    is_open = any(None in port.shape[1:] for port in ports)
    for attempt in range(len(_PIXELS) if is_open else 1):
        yield [_closed(port.shape[1:], attempt) for port, _ in zip(ports, hints, strict=True)]


def _closed(shape: Sequence[int | None], attempt: int) -> tuple[int, ...]:
    sizes = {3: _PIXELS, 4: _VOXELS}.get(len(shape), _STEPS)
    size = sizes[min(attempt, len(sizes) - 1)]
    return tuple(size if length is None else length for length in shape)


def _amplitudes(ports: Sequence[Port], hints: Sequence[Hints]) -> Sequence[float]:
    """Where a layer says how large the numbers are, or they are no such numbers, there is nothing to try."""
    is_told = [
        not port.dtype.startswith(("float", "bfloat"))
        or hint.categories
        or hint.is_bytes
        or hint.mean is not None
        for port, hint in zip(ports, hints, strict=True)
    ]
    return _AMPLITUDES[:1] if all(is_told) else _AMPLITUDES


def _drawn(
    shape: tuple[int, ...], port: Port, hints: Hints, rows: int, random: np.random.Generator, amplitude: float
) -> np.ndarray:
    """Values for one input, in its number type."""
    if hints.categories is not None:
        values = _categories(shape, hints, rows, random)
    elif port.dtype == "bool":
        values = _prefixes(shape, rows, random)
    elif hints.is_bytes or port.dtype == "uint8":
        values = np.round(127.5 * (1 + np.tanh(_field(shape, hints, rows, random))))
    elif port.dtype.startswith(("int", "uint")):
        values = random.integers(0, 10, (rows, *shape))
    elif hints.mean is not None:
        values = np.asarray(hints.mean)[0] + np.asarray(hints.deviation)[0] * _field(
            shape, hints, rows, random
        )
    else:
        values = amplitude * _field(shape, hints, rows, random)
    if hints.mask_value is not None and len(shape) > 1:
        for row, length in enumerate(_lengths(shape[0], rows)):
            values[row, length:] = hints.mask_value
    return values.astype(port.dtype if port.dtype != "bfloat16" else np.float32)


def _categories(shape: tuple[int, ...], hints: Hints, rows: int, random: np.random.Generator) -> np.ndarray:
    assert hints.categories is not None
    first = 1 if hints.padded and hints.categories > 1 else 0
    values = random.integers(first, hints.categories, (rows, *shape))
    if hints.padded and shape:
        for row, length in enumerate(_lengths(shape[-1], rows)):
            values[row, ..., length:] = 0
    return values


def _prefixes(shape: tuple[int, ...], rows: int, random: np.random.Generator) -> np.ndarray:
    """True up to some place and False after it, as masks are; single values at random."""
    if not shape or shape[-1] == 1:
        return random.integers(0, 2, (rows, *shape)).astype(bool)
    places = np.arange(shape[-1])
    values = np.zeros((rows, *shape), bool)
    for row, length in enumerate(_lengths(shape[-1], rows)):
        values[row, ...] = places < length
    return values


def _lengths(steps: int, rows: int) -> list[int]:
    """A length for each row, the whole one first; none is empty."""
    return [max(1, steps - (row * steps) // (rows + 1)) for row in range(rows)]


def _field(shape: tuple[int, ...], hints: Hints, rows: int, random: np.random.Generator) -> np.ndarray:
    """Numbers around zero that differ from row to row in level, contrast, coarse structure and fine.

    Numbers that are all drawn alone would look the same to a network that averages over them.
    """
    if not shape:
        return random.normal(0, 1, rows)
    places, channels = (shape[1:], shape[0]) if hints.channels_first else (shape[:-1], shape[-1])
    values = np.zeros((rows, *places, channels))
    cells_of = (1, 2, 4, 8, 16, 0) if places else (0,)
    for cells in cells_of:
        grid_shape = [min(cells, length) if cells else length for length in places]
        grid = random.normal(0, 1, (rows, *grid_shape, channels))
        for axis, (length, small) in enumerate(zip(places, grid_shape, strict=True), start=1):
            grid = np.take(grid, np.arange(length) * small // length, axis=axis)
        strength = random.uniform(0.2, 1, (rows, *([1] * len(places)), 1))
        values += strength * grid
    values /= math.sqrt(len(cells_of))
    return np.moveaxis(values, -1, 1) if hints.channels_first else values
