"""Layers of the conformance table as graph models, on TF.js' CPU and WASM backends: as in Keras."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from course_utils.bench.conformance.layers import CASES
from course_utils.conversion.formats import TFJS_GRAPH
from course_utils.conversion.graph import write
from course_utils.conversion.proof.inputs import sample_inputs
from course_utils.conversion.proof.runtimes import BACKENDS, Job, run
from course_utils.conversion.proof.source import predict
from course_utils.errors import CourseError
from tests.conversion.layer_models import chosen, faults

#: The cases that no graph model can be, and what their user reads.
REFUSED = {
    "LSTM, stateful": "keeps a state from one call to the next",
    "mixed_float16": "computes in float16, and TF.js in float32",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Called by pytest: the cases that are tried and can be a graph model."""
    if "case_name" in metafunc.fixturenames:
        names = [case.name for case in chosen(CASES, metafunc.config)]
        metafunc.parametrize("case_name", [name for name in names if name not in REFUSED])


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, list[str]]:
    """What is wrong with each case, in words; all cases run in one Node process."""
    cases = chosen(CASES, request.config, REFUSED)
    folder = tmp_path_factory.mktemp("graphs")
    jobs: list[Job] = []
    expected: list[tuple[str, list[np.ndarray]]] = []
    wrong: dict[str, list[str]] = {case.name: [] for case in cases}
    for number, case in enumerate(cases):
        keras.utils.clear_session()
        model = case.build()
        inputs = case.inputs(4, 0) if case.inputs else sample_inputs(model, 4)
        try:
            write(model, folder / str(number))
        except CourseError as error:
            wrong[case.name].append(str(error))
            continue
        expected.append((case.name, predict(model, inputs)))
        jobs += [Job(TFJS_GRAPH, folder / str(number), inputs, backend) for backend in BACKENDS]
    results = iter(run(jobs))
    for name, outputs in expected:
        for backend in BACKENDS:
            result = next(results)
            wrong[name] += faults(outputs, result, backend)
            if result.leaked or result.kept:
                wrong[name].append(f"{backend}: leaves tensors behind")
    return wrong


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(tried: dict[str, list[str]], name: str) -> None:
    assert REFUSED[name] in tried[name][0]


def test_it_computes_the_same(tried: dict[str, list[str]], case_name: str) -> None:
    assert tried[case_name] == []
