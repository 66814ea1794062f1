"""The whole proof: the original in Keras, the converted model in its real runtimes, and the verdict in words."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from course_utils.conversion.proof import ROWS_COMPARED, Proof, prove, sample_inputs
from course_utils.errors import CourseError
from tests.conversion.by_hand import write_dense, write_graph


def _dense(kernel: np.ndarray, bias: np.ndarray, activation: str = "linear") -> keras.Model:
    model = keras.Sequential(
        [layers.Input((len(kernel),)), layers.Dense(len(bias), activation, name="answer")]
    )
    model.set_weights([kernel, bias])
    return model


KERNEL = np.random.default_rng(0).normal(0, 1, (6, 6)).astype(np.float32)
BIAS = np.linspace(-1, 1, 6, dtype=np.float32)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return _dense(KERNEL, BIAS, "softmax")


@pytest.fixture(scope="module")
def inputs(model: keras.Model) -> list[np.ndarray]:
    return sample_inputs(model, 4)


def _proof(
    folder: Path, model: keras.Model, inputs: list[np.ndarray], kernel: np.ndarray, bias: np.ndarray
) -> Proof:
    return prove(model, write_dense(folder / "model", kernel, bias, "softmax"), "tfjs-layers", inputs)


def test_a_right_conversion_is_proven_on_both_backends(
    tmp_path: Path, model: keras.Model, inputs: list[np.ndarray]
) -> None:
    proof = _proof(tmp_path, model, inputs, KERNEL, BIAS)
    assert proof.passed
    assert proof.reason is None
    assert [row.runtime for row in proof.rows] == ["TensorFlow.js (CPU)", "TensorFlow.js (WASM)"]
    assert 0 < proof.max_abs < 1e-6
    assert proof.count == 4
    assert proof.accuracies is None
    first, second = str(proof).splitlines()
    assert first.startswith("TensorFlow.js (CPU)  largest difference ")
    assert "(1.0e-05 allowed), mean " in second
    assert "same top class 100 %" in second


MISTAKES = {
    "a transposed kernel": (KERNEL.T, BIAS),
    "a dropped bias": (KERNEL, 0 * BIAS),
    "permuted classes": (np.roll(KERNEL, 1, axis=1), np.roll(BIAS, 1)),
    "half precision": (KERNEL.astype(np.float16), BIAS),
    "a lost weight": (KERNEL * (np.arange(6) > 0), BIAS),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_conversion_is_not(
    mistake: str, tmp_path: Path, model: keras.Model, inputs: list[np.ndarray]
) -> None:
    proof = _proof(tmp_path, model, inputs, *MISTAKES[mistake])
    assert not proof.passed
    assert [row.passed for row in proof.rows] == [False, False]
    assert proof.reason is not None
    assert proof.reason.startswith("TensorFlow.js (CPU): output answer differs by ")
    assert proof.reason.endswith("where 1e-05 is allowed")
    assert proof.reason.removeprefix("TensorFlow.js (CPU): ") in str(proof)


def test_nan_in_the_converted_model_is_told(
    tmp_path: Path, model: keras.Model, inputs: list[np.ndarray]
) -> None:
    proof = _proof(tmp_path, model, inputs, KERNEL * np.nan, BIAS)
    assert (
        proof.reason
        == "TensorFlow.js (CPU): output answer holds NaN or infinity, and the original's does not"
    )
    assert proof.max_abs == float("inf")
    assert "holds NaN" in str(proof)


def test_a_model_that_cannot_run_is_told(
    tmp_path: Path, model: keras.Model, inputs: list[np.ndarray]
) -> None:
    folder = write_dense(tmp_path / "model", KERNEL, BIAS)
    (folder / "weights.bin").unlink()
    proof = prove(model, folder, "tfjs-layers", inputs)
    assert proof.reason is not None
    assert proof.reason.startswith("TensorFlow.js (CPU): it could not run the model (ENOENT: no such file")
    assert "could not run" in str(proof)


def test_near_constant_outputs_are_no_proof_though_they_agree(tmp_path: Path) -> None:
    model = _dense(KERNEL * 1e-4, BIAS)
    inputs = [np.random.default_rng(0).normal(0, 1, (4, 6)).astype(np.float32)]
    proof = prove(model, write_dense(tmp_path / "model", KERNEL * 1e-4, BIAS), "tfjs-layers", inputs)
    assert not proof.passed
    assert proof.reason is not None
    assert "output answer proves nothing" in proof.reason
    assert "--data" in proof.reason


def test_one_input_is_no_proof(tmp_path: Path, model: keras.Model, inputs: list[np.ndarray]) -> None:
    proof = _proof(tmp_path, model, [inputs[0][:1]], KERNEL, BIAS)
    assert proof.reason is not None
    assert "proves nothing" in proof.reason


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16"])
def test_a_model_of_16_bits_is_held_against_its_own_weights_in_32(policy: str, tmp_path: Path) -> None:
    kernel, bias = KERNEL.astype(np.float16).astype(np.float32), BIAS.astype(np.float16).astype(np.float32)
    layer = layers.Dense(6, "softmax", dtype=policy, name="answer")
    model = keras.Sequential([layers.Input((6,)), layer])
    model.set_weights([kernel, bias])
    inputs = sample_inputs(model, 4)
    proof = prove(model, write_dense(tmp_path / "right", kernel, bias, "softmax"), "tfjs-layers", inputs)
    assert proof.passed
    assert proof.max_abs < 1e-6  # in 16 bits it would be some 1e-4
    assert proof.notes == (
        "The original computes in 16 bits; it was compared with its own weights computing in 32.",
    )
    assert layer.compute_dtype.endswith("float16")  # the original is as it was
    wrong = write_dense(tmp_path / "wrong", kernel.T, bias, "softmax")
    assert not prove(model, wrong, "tfjs-layers", inputs).passed


# Two inputs, two outputs, and a graph with a branch.


@pytest.fixture(scope="module")
def summing() -> keras.Model:
    """What `write_graph` writes, in Keras."""
    right, left = keras.Input((2,), name="right"), keras.Input((6,), name="left")
    a, b = layers.Dense(3, use_bias=False, name="a"), layers.Dense(3, use_bias=False, name="b")
    total = layers.Add(name="sum")([a(left), b(right)])
    model = keras.Model([right, left], {"sum": total, "twice": layers.Rescaling(2.0)(total)})
    a.set_weights([KERNEL[:, :3]])
    b.set_weights([KERNEL[:2, 3:]])
    return model


def test_a_graph_model_is_proven_by_the_names_of_inputs_and_outputs(
    tmp_path: Path, summing: keras.Model
) -> None:
    kernels = {"left": KERNEL[:, :3], "right": KERNEL[:2, 3:]}
    inputs = sample_inputs(summing, 4)
    proof = prove(summing, write_graph(tmp_path / "right", kernels), "tfjs-graph", inputs)
    assert proof.passed
    assert [[one.name for one in row.differences] for row in proof.rows] == [["sum", "twice"]] * 2
    assert "worst of 2 outputs: " in str(proof)
    assert proof.notes == ()


def test_the_worst_of_several_outputs_is_named(tmp_path: Path, summing: keras.Model) -> None:
    kernels = {"left": KERNEL[:, :3] * 1.001, "right": KERNEL[:2, 3:]}
    proof = prove(summing, write_graph(tmp_path / "model", kernels), "tfjs-graph", sample_inputs(summing, 4))
    assert [one.passed for one in proof.rows[0].differences] == [False, False]
    assert "output " in str(proof.reason)
    swapped = write_graph(tmp_path / "swapped", {"left": KERNEL[:, :3], "right": KERNEL[:2, 3:]})
    text = (swapped / "model.json").read_text()
    text = text.replace('"sum": {"name": "Identity:0"}', '"sum": {"name": "Identity_1:0"}')
    text = text.replace('"twice": {"name": "Identity_1:0"}', '"twice": {"name": "Identity:0"}')
    (swapped / "model.json").write_text(text)
    assert not prove(summing, swapped, "tfjs-graph", sample_inputs(summing, 4)).passed


def test_a_graph_that_predict_refuses_is_told_with_the_cure(tmp_path: Path, summing: keras.Model) -> None:
    kernels = {"left": KERNEL[:, :3], "right": KERNEL[:2, 3:]}
    folder = write_graph(tmp_path / "model", kernels, loops=True)
    proof = prove(summing, folder, "tfjs-graph", sample_inputs(summing, 4))
    assert proof.passed
    assert len(proof.notes) == 1
    assert "`predict` refuses it: call `executeAsync`" in proof.notes[0]
    assert proof.notes[0] in str(proof)


# Quantised models: measured, and judged by the accuracy that they cost.


@pytest.fixture(scope="module")
def above_zero() -> keras.Model:
    return _dense(np.array([[1.0, 0.0]], np.float32), np.zeros(2, np.float32))


ROWS = 400
POSITIONS = (np.arange(ROWS, dtype=np.float32)[:, None] - (ROWS - 1) / 2) / 10
LABELS = (POSITIONS[:, 0] <= 0).astype(np.int32)  # class 0 where the first output is the larger


def _moved(folder: Path, rows: int) -> Path:
    """The model with its threshold moved past so many rows."""
    return write_dense(folder / f"moved-{rows}", np.array([[1.0, 0.0]]), np.array([-0.1 * rows, 0.0]))


@pytest.mark.parametrize(("rows", "lost", "passes"), [(0, 0.0, True), (2, 0.5, True), (3, 0.75, False)])
def test_quantising_may_cost_half_a_point(
    rows: int, lost: float, passes: bool, tmp_path: Path, above_zero: keras.Model
) -> None:
    proof = prove(
        above_zero, _moved(tmp_path, rows), "tfjs-layers", [POSITIONS], quantized=True, labels=LABELS
    )
    assert proof.lost_points == lost
    assert proof.passed is passes
    assert proof.labelled == ROWS
    assert proof.count == ROWS_COMPARED  # the differences on some, the accuracy on all
    assert f"accuracy on 400 labelled inputs: 100.00 % before, {100 - lost:.2f} % after" in str(proof)
    if not passes:
        assert proof.reason == (
            "quantising costs 0.75 points of accuracy on 400 labelled inputs "
            "(100.00 % before, 99.25 % after), where 0.5 is allowed"
        )


def test_without_labels_the_difference_is_measured_and_that_is_said(
    tmp_path: Path, above_zero: keras.Model
) -> None:
    proof = prove(above_zero, _moved(tmp_path, 3), "tfjs-layers", [POSITIONS], quantized=True)
    assert proof.passed
    assert proof.max_abs == pytest.approx(0.3, rel=1e-3)
    assert "allowed" not in str(proof)
    assert proof.notes == (
        "What quantising costs in accuracy was not measured: give labelled data with --data.",
    )
    assert not prove(above_zero, _moved(tmp_path / "b", 3), "tfjs-layers", [POSITIONS]).passed


def test_rows_are_taken_evenly_from_all(tmp_path: Path, above_zero: keras.Model) -> None:
    # The first rows, of data that are sorted, are those that do not differ.
    given = np.concatenate([np.zeros((90, 1)), np.ones((10, 1))]).astype(np.float32)
    assert prove(above_zero, _moved(tmp_path, 0), "tfjs-layers", [given], count=5).passed
    one = prove(above_zero, _moved(tmp_path / "b", 0), "tfjs-layers", [given], count=1)
    assert one.count == 1
    assert not one.passed


def test_labels_are_for_one_output(tmp_path: Path, summing: keras.Model) -> None:
    with pytest.raises(
        CourseError, match=r"Labels y are for models with one output, and .* has 2 \(sum, twice\)"
    ):
        prove(summing, tmp_path, "tfjs-graph", sample_inputs(summing, 4), quantized=True, labels=np.zeros(4))


def test_a_saved_keras_model_is_proven_against_the_one_it_came_from(
    tmp_path: Path, model: keras.Model
) -> None:
    model.save(tmp_path / "model.keras")
    inputs = sample_inputs(model, 4)
    proof = prove(model, tmp_path, "keras", inputs)
    assert proof.passed
    assert [row.runtime for row in proof.rows] == ["Keras"]
    _dense(KERNEL.T, BIAS, "softmax").save(tmp_path / "model.keras")
    assert not prove(model, tmp_path, "keras", inputs).passed
