"""Convert many small models, run all of them in the real TensorFlow.js in one process, and compare with Keras."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest

from course_utils.bench.conformance.case import Case
from course_utils.conversion.formats import TFJS_LAYERS
from course_utils.conversion.layers import write
from course_utils.conversion.proof.comparison import compare
from course_utils.conversion.proof.runtimes import BACKENDS, Job, Result, run
from course_utils.conversion.proof.source import predict
from course_utils.errors import CourseError

#: `make test` has the time for each third case where a format or a browser takes long; `make test-all` for all.
STEP = 3


def chosen(
    cases: Sequence[Case], config: pytest.Config, always: Iterable[str] = (), step: int = STEP, first: int = 0
) -> list[Case]:
    """The cases to try: from number `first` on each `step`-th, and those named in `always`; all with --slow."""
    if config.getoption("slow"):
        return list(cases)
    kept = set(always)
    return [case for number, case in enumerate(cases) if number % step == first or case.name in kept]


@dataclass(frozen=True)
class Tried:
    """What became of one model: refused with a sentence, or run; `wrong` says in which backends, and how."""

    refusal: str | None = None
    wrong: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    folder: Path | None = None


def try_all(models: Iterable[tuple[str, keras.Model, list[np.ndarray]]], folder: Path) -> dict[str, Tried]:
    """Each (name, model, inputs) through our writer and TensorFlow.js on its CPU and WASM backends."""
    refused: dict[str, Tried] = {}
    jobs: list[Job] = []
    waiting: dict[str, tuple[list[np.ndarray], tuple[str, ...], Path]] = {}
    for number, (name, model, inputs) in enumerate(models):
        place = folder / str(number)
        place.mkdir(parents=True)
        try:
            notes = write(model, place).notes
        except CourseError as error:
            assert list(place.iterdir()) == [], name
            refused[name] = Tried(refusal=str(error))
            continue
        waiting[name] = (predict(model, inputs), notes, place)
        jobs += [Job(TFJS_LAYERS, place, inputs, backend) for backend in BACKENDS]
    results = iter(run(jobs))
    ran = {}
    for name, (expected, notes, place) in waiting.items():
        wrong = [fault for backend in BACKENDS for fault in faults(expected, next(results), backend)]
        ran[name] = Tried(None, tuple(wrong), notes, place)
    return refused | ran


def faults(expected: list[np.ndarray], result: Result, backend: str) -> list[str]:
    """What is wrong with one backend's answer, in words."""
    if result.error is not None:
        return [f"{backend}: {result.error}"]
    if len(expected) != len(result.outputs):
        return [f"{backend}: {len(result.outputs)} outputs instead of {len(expected)}"]
    compared = [compare(wanted, got) for wanted, got in zip(expected, result.outputs, strict=True)]
    return [f"{backend}: {one.reason}" for one in compared if not one.passed]
