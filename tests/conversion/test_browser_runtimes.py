"""Converted models in a real page, under the site's own policy: layers on WebGL, a part of them on WebAssembly.

Under Node every layer runs on WebAssembly too (the conformance tests); the code is the same in both.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import pytest
from playwright.sync_api import Browser

from course_utils.bench.conformance.architectures import ARCHITECTURES
from course_utils.bench.conformance.case import Case
from course_utils.bench.conformance.layers import CASES
from course_utils.book.theme import POLICY
from course_utils.conversion.formats import TFJS_GRAPH, TFJS_LAYERS
from course_utils.conversion.proof import Job, Result, chromium, sample_inputs
from course_utils.conversion.proof.comparison import STRICT, WEBGL, Bounds, compare_all, worst
from course_utils.conversion.proof.source import inputs_of, output_names, predict
from course_utils.errors import CourseError
from tests.conversion.by_hand import write_dense, write_model
from tests.conversion.layer_models import chosen

WRITERS = {TFJS_LAYERS: "layers", TFJS_GRAPH: "graph"}
SMALL_ARCHITECTURES = {"LSTM sequence to sequence", "char LSTM", "siamese pair"}


@dataclass(frozen=True)
class Written:
    """A case, converted: the job that runs it, and what Keras answers."""

    name: str
    job: Job
    expected: Sequence[np.ndarray]


def _with_formats(config: pytest.Config) -> list[tuple[Case, set[str]]]:
    """The cases as layers models, and every twelfth, whose writing takes longer, as a graph model too."""
    cases = [
        *chosen(CASES, config),
        *(case for case in ARCHITECTURES if case.name in SMALL_ARCHITECTURES),
    ]
    return [
        (case, {TFJS_LAYERS, TFJS_GRAPH} if number % 12 == 5 else {TFJS_LAYERS})
        for number, case in enumerate(cases)
    ]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> list[Written]:
    cases = _with_formats(pytestconfig)
    folder = tmp_path_factory.mktemp("written")
    done = []
    for number, (case, formats) in enumerate(cases):
        model = case.build()
        inputs = case.inputs(4, 7) if case.inputs else sample_inputs(model, 4)
        expected = predict(model, inputs)
        given, names = [port.name for port in inputs_of(model)], output_names(model, len(expected))
        for to in sorted(formats):
            place = folder / f"{number}-{to}"
            place.mkdir()
            writer = importlib.import_module(f"course_utils.conversion.{WRITERS[to]}")
            try:
                writer.write(model, place)
            except CourseError:
                continue  # the conformance tests hold what is refused
            done.append(
                Written(f"{case.name} ({to})", Job(to, place, inputs, "webgl", given, names), expected)
            )
        keras.backend.clear_session()
    assert len(done) > 0.9 * len(cases)
    return done


def _run(browser: Browser, written: Sequence[Written], backend: str) -> list[Result]:
    jobs = [replace(one.job, backend=backend) for one in written]
    return chromium.run(browser, jobs, policy=POLICY, job_seconds=60)


def _complaints(written: Sequence[Written], results: Sequence[Result], bounds: Bounds) -> dict[str, str]:
    complaints = {}
    for one, result in zip(written, results, strict=True):
        if result.error is not None:
            complaints[one.name] = result.error
        else:
            reason = worst(compare_all(one.expected, result.outputs, one.job.output_names, bounds)).reason
            if reason or result.asynchronous or result.leaked:
                complaints[one.name] = (
                    reason or f"asynchronous: {result.asynchronous}, leaked: {result.leaked}"
                )
    return complaints


def test_layers_answer_the_same_on_webgl(
    browser: Browser, written: list[Written], record_property: Callable[[str, object], None]
) -> None:
    results = _run(browser, written, "webgl")
    assert _complaints(written, results, WEBGL) == {}
    assert {result.backend for result in results} == {"webgl"}
    largest, name = max(
        (worst(compare_all(one.expected, result.outputs, one.job.output_names, WEBGL)).max_abs, one.name)
        for one, result in zip(written, results, strict=True)
    )
    record_property(
        "measured", f"{len(results)} models in the page on WebGL: largest difference {largest:.1e}, {name}"
    )


def test_layers_answer_the_same_on_webassembly_in_the_page(browser: Browser, written: list[Written]) -> None:
    some = written[::5]
    results = _run(browser, some, "wasm")
    assert _complaints(some, results, STRICT) == {}
    assert {result.backend for result in results} == {"wasm"}


KERNEL, BIAS = np.random.default_rng(0).normal(0, 1, (3, 3)).astype(np.float32), np.ones(3, np.float32)
X = np.random.default_rng(1).normal(0, 1, (4, 3)).astype(np.float32)


def test_a_transposed_kernel_is_seen_in_the_page(browser: Browser, tmp_path: Path) -> None:
    right = write_dense(tmp_path / "right", KERNEL, BIAS)
    wrong = write_dense(tmp_path / "wrong", KERNEL.T, BIAS)
    models = [
        Written(folder.name, Job(TFJS_LAYERS, folder, [X], "webgl"), [X @ KERNEL + BIAS])
        for folder in (right, wrong)
    ]
    models = [replace(one, job=replace(one.job, output_names=("answer",))) for one in models]
    complaints = _complaints(models, _run(browser, models, "webgl"), WEBGL)
    assert set(complaints) == {"wrong"}
    assert complaints["wrong"].startswith("output answer differs by ")


def test_a_model_that_fails_costs_the_others_nothing(browser: Browser, tmp_path: Path) -> None:
    right = write_dense(tmp_path / "right", KERNEL, BIAS)
    size = {"name": "larger", "size": [40_000, 40_000], "batch_input_shape": [None, 1, 1, 1]}
    huge = write_model(tmp_path / "huge", [{"class_name": "UpSampling2D", "config": size}], {})
    one = np.ones((1, 1, 1, 1), np.float32)
    jobs = [
        Job(TFJS_LAYERS, right, [X], "wasm"),
        Job(TFJS_LAYERS, tmp_path / "none", [X], "wasm"),
        Job(TFJS_LAYERS, huge, [one], "wasm"),  # more than WebAssembly can address
        Job(TFJS_LAYERS, right, [X], "nothing"),
        Job(TFJS_LAYERS, right, [X], "wasm"),
    ]
    results = chromium.run(browser, jobs, policy=POLICY)
    assert [result.error is None for result in results] == [True, False, False, False, True]
    assert "404" in str(results[1].error)
    assert "nothing" in str(results[3].error)
    np.testing.assert_allclose(results[4].outputs[0], X @ KERNEL + BIAS, atol=1e-5)
