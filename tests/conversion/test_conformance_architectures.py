"""Whole networks compute the same in TensorFlow.js, and one transposed kernel in them is seen.

Every case of a single layer is tried in the tests of its format's writer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from course_utils.bench.conformance.architectures import ARCHITECTURES, with_one_kernel_transposed
from course_utils.bench.conformance.case import Case
from course_utils.conversion import graph, layers
from course_utils.conversion.proof import BACKENDS, Job, prove, run
from course_utils.conversion.proof.comparison import compare_all, variation, worst
from course_utils.conversion.proof.source import inputs_of, output_names, predict

# What `make test` has the time for, one of each kind; plain JavaScript takes minutes for the others.
QUICK = {
    "MobileNetV2",
    "MobileNetV3Small",
    "LSTM sequence to sequence",
    "char LSTM",
    "U-Net",
    "siamese pair",
}
WRITERS = {"tfjs-layers": layers, "tfjs-graph": graph}
EXAMPLES = 3
BY_NAME = {case.name: case for case in ARCHITECTURES}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Called by pytest: the quick networks, or with --slow all."""
    if "case" in metafunc.fixturenames:
        every = metafunc.config.getoption("slow")
        chosen = [case for case in ARCHITECTURES if every or case.name in QUICK]
        metafunc.parametrize("case", chosen, ids=[case.name for case in chosen])


def test_the_networks_are_those_that_were_asked_for() -> None:
    slow = {"EfficientNetB0", "MobileNet", "ResNet50", "DenseNet121", "VGG16", "NASNetMobile", "Xception"}
    assert set(BY_NAME) == QUICK | slow
    assert len(BY_NAME) == len(ARCHITECTURES)


def test_a_network_is_the_same_in_tensorflow_js_and_a_transposed_kernel_is_seen(
    case: Case, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    model = case.build()
    inputs = case.inputs(EXAMPLES, 7)
    expected = predict(model, inputs)
    names = output_names(model, len(expected))
    given = [port.name for port in inputs_of(model)]
    assert max(variation(output) for output in expected) > 0.2, "the outputs hardly vary with the inputs"

    jobs = []
    for to, writer in WRITERS.items():
        folder = tmp_path / to
        folder.mkdir()
        writer.write(model, folder)
        jobs += [Job(to, folder, inputs, backend, given, names) for backend in BACKENDS]
    results = run(jobs)
    assert {
        (job.to, job.backend): result.error for job, result in zip(jobs, results, strict=True) if result.error
    } == {}
    differences = [compare_all(expected, result.outputs, names) for result in results]
    assert [worst(each).reason for each in differences if not worst(each).passed] == []
    largest = max(one.max_abs for each in differences for one in each)
    record_property("measured", f"{case.name} in TensorFlow.js: largest difference {largest:.1e}")

    for deep in (False, True):
        spoilt, kernel = with_one_kernel_transposed(model, deep=deep)
        original = predict(spoilt, inputs)
        passed = [
            all(one.passed for one in compare_all(original, result.outputs, names)) for result in results
        ]
        assert not any(passed), f"{kernel} may be transposed without being noticed"


def test_the_proof_fails_for_a_converter_that_transposes_one_kernel(tmp_path: Path) -> None:
    case = BY_NAME["U-Net"]
    model = case.build()
    for deep in (False, True):
        spoilt, kernel = with_one_kernel_transposed(model, deep=deep)
        folder = tmp_path / str(deep)
        folder.mkdir()
        layers.write(spoilt, folder)
        proof = prove(model, folder, "tfjs-layers", case.inputs(2, 7))
        assert not proof.passed, kernel
        assert "differs by" in str(proof.reason)
        assert all(not row.passed for row in proof.rows)


def test_a_case_is_the_same_every_time() -> None:
    case = BY_NAME["siamese pair"]
    state = np.random.get_state()[1].tolist()
    inputs = case.inputs(4, 3)
    first, second = (predict(case.build(), inputs)[0] for _ in range(2))
    assert np.array_equal(first, second)
    assert np.random.get_state()[1].tolist() == state
    assert np.array_equal(inputs[0], case.inputs(4, 3)[0])
    assert not np.array_equal(inputs[0], case.inputs(4, 4)[0])


@pytest.mark.parametrize("deep", [False, True])
def test_one_kernel_is_transposed_and_nothing_else(deep: bool) -> None:
    model = BY_NAME["U-Net"].build()
    spoilt, kernel = with_one_kernel_transposed(model, deep=deep)
    changed = [
        variable.path
        for variable, other in zip(spoilt.weights, model.weights, strict=True)
        if not np.array_equal(variable.numpy(), other.numpy())
    ]
    assert changed == [kernel]
    before, after = (
        next(variable.numpy() for variable in each.weights if variable.path == kernel)
        for each in (model, spoilt)
    )
    assert np.array_equal(after, before.swapaxes(0, 1))


def test_a_recurrent_kernel_is_transposed_gate_by_gate() -> None:
    model = keras.Sequential([keras.Input((5, 2)), keras.layers.LSTM(3), keras.layers.Dense(2)])
    spoilt, kernel = with_one_kernel_transposed(model, deep=True)
    before, after = (
        model.layers[0].cell.recurrent_kernel.numpy(),
        spoilt.layers[0].cell.recurrent_kernel.numpy(),
    )
    assert kernel.endswith("recurrent_kernel")
    assert np.array_equal(after[:, 3:6], before[:, 3:6].T)
