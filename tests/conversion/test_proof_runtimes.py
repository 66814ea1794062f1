"""The real runtimes behind the proof: what they answer, and that one bad model costs the others nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from course_utils.conversion.proof import tensorflow_js
from course_utils.conversion.proof.jobs import BACKENDS, ROWS, Job, Result
from course_utils.conversion.proof.runtimes import run
from tests.conversion.by_hand import write_dense, write_graph, write_model

DRAW = np.random.default_rng(0)
KERNEL, BIAS = DRAW.normal(0, 1, (4, 3)).astype(np.float32), np.array([1, 2, 3], np.float32)
X = DRAW.normal(0, 1, (5, 4)).astype(np.float32)


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dense(tmp_path_factory.mktemp("dense") / "model", KERNEL, BIAS)


@pytest.fixture(scope="module")
def results(dense: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """What one Node process answers to all these jobs, good ones and bad."""
    folder = tmp_path_factory.mktemp("models")
    left, right = KERNEL, DRAW.normal(0, 1, (2, 3)).astype(np.float32)
    graph = write_graph(folder / "graph", {"left": left, "right": right})
    loops = write_graph(folder / "loops", {"left": left}, loops=True)
    many = DRAW.normal(0, 1, (3 * ROWS + 1, 4)).astype(np.float32)
    other = X[:, :2] + 1
    (folder / "nonsense").mkdir()
    (folder / "nonsense" / "model.json").write_text("{")
    short = write_dense(folder / "short", KERNEL, BIAS)
    (short / "weights.bin").write_bytes(b"1234")
    escaping = write_dense(folder / "escaping", KERNEL, BIAS)
    description = json.loads((escaping / "model.json").read_text())
    description["weightsManifest"][0]["paths"] = ["../short/weights.bin"]
    (escaping / "model.json").write_text(json.dumps(description))
    fixed = _fixed(folder / "fixed")
    jobs = {
        **{f"dense {backend}": Job("tfjs-layers", dense, [X], backend) for backend in BACKENDS},
        "whole numbers": Job("tfjs-layers", dense, [np.arange(8).reshape(2, 4)]),
        "many rows": Job("tfjs-layers", dense, [many], "wasm"),
        "missing": Job("tfjs-layers", folder / "none", [X]),
        "nonsense": Job("tfjs-layers", folder / "nonsense", [X]),
        "short": Job("tfjs-layers", short, [X]),
        "escaping": Job("tfjs-layers", escaping, [X]),
        "other shape": Job("tfjs-layers", dense, [X[:, :2]], "wasm"),
        "too many inputs": Job("tfjs-layers", dense, [X, X]),
        "layers as graph": Job("tfjs-graph", dense, [X]),
        **{
            f"graph {backend}": Job(
                "tfjs-graph", graph, [X, other], backend, ("left", "right"), ("sum", "twice")
            )
            for backend in BACKENDS
        },
        "graph by name": Job("tfjs-graph", graph, [other, X], "wasm", ("right", "left"), ("twice", "sum")),
        "graph by order": Job("tfjs-graph", graph, [X, other], "wasm", ("a", "b"), ("c", "d")),
        "loops": Job("tfjs-graph", loops, [X], "wasm", ("left",), ("sum", "twice")),
        "fixed rows": Job("tfjs-layers", fixed, [np.concatenate([X, X[:1]])], "wasm"),
        "uneven rows": Job("tfjs-layers", fixed, [X], "wasm"),
    }
    given = {
        name: (job, values)
        for (name, job), values in zip(jobs.items(), run(list(jobs.values())), strict=True)
    }
    results = {name: result for name, (_, result) in given.items()}
    results["many rows expected"] = Result(outputs=(many @ KERNEL + BIAS,))
    results["graph expected"] = Result(outputs=(X @ left + other @ right,))
    return results


def _fixed(folder: Path) -> Path:
    """A Dense model for two rows at a time."""
    write_dense(folder, KERNEL, BIAS)
    description = json.loads((folder / "model.json").read_text())
    description["modelTopology"]["model_config"]["config"]["layers"][0]["config"]["batch_input_shape"] = [
        2,
        4,
    ]
    (folder / "model.json").write_text(json.dumps(description))
    return folder


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_layers_model_answers_on_both_backends(results: dict[str, Result], backend: str) -> None:
    result = results[f"dense {backend}"]
    assert result.error is None
    assert result.outputs[0].dtype == np.float32
    np.testing.assert_allclose(result.outputs[0], X @ KERNEL + BIAS, atol=1e-6)
    assert (result.leaked, result.kept) == (0, 0)
    assert result.predicting > 0
    assert not result.asynchronous


def test_whole_numbers_and_many_rows(results: dict[str, Result]) -> None:
    whole = np.arange(8).reshape(2, 4)
    np.testing.assert_allclose(results["whole numbers"].outputs[0], whole @ KERNEL + BIAS, atol=1e-5)
    expected = results["many rows expected"].outputs[0]
    np.testing.assert_allclose(results["many rows"].outputs[0], expected, atol=1e-5)


def test_a_fixed_number_of_rows_is_kept(results: dict[str, Result]) -> None:
    assert results["fixed rows"].error is None
    np.testing.assert_allclose(results["fixed rows"].outputs[0][:5], X @ KERNEL + BIAS, atol=1e-6)
    assert results["uneven rows"].error == "The model takes 2 rows at a time, and 5 are no multiple of that"


@pytest.mark.parametrize(
    ("job", "error"),
    [
        ("missing", "no such file or directory"),
        ("nonsense", "JSON"),
        ("short", ""),
        ("escaping", "The shard ../short/weights.bin lies outside the model's folder"),
        ("other shape", r"have shape [null,4] but got array with shape [5,2]"),
        ("too many inputs", "The model has 1 inputs"),
        ("layers as graph", ""),
    ],
)
def test_a_bad_job_is_an_error_in_one_line(results: dict[str, Result], job: str, error: str) -> None:
    result = results[job]
    assert result.error
    assert error in result.error
    assert "\n" not in result.error
    assert not result.error.endswith(".")
    assert result.outputs == ()


@pytest.mark.parametrize("job", ["graph cpu", "graph wasm", "graph by name", "graph by order"])
def test_a_graph_model_takes_its_inputs_by_name_else_by_order(results: dict[str, Result], job: str) -> None:
    result = results[job]
    assert result.error is None
    assert result.names == (("twice", "sum") if job == "graph by name" else ("sum", "twice"))
    once = results["graph expected"].outputs[0]
    for name, output in zip(result.names, result.outputs, strict=True):
        np.testing.assert_allclose(output, once if name == "sum" else 2 * once, atol=1e-5)
    assert (result.leaked, result.kept, result.asynchronous) == (0, 0, False)


def test_a_graph_with_branches_is_run_and_told(results: dict[str, Result]) -> None:
    result = results["loops"]
    assert result.error is None
    assert result.asynchronous
    np.testing.assert_allclose(result.outputs[0], X @ KERNEL, atol=1e-6)


def _upsampling(folder: Path, times: int, *more: dict, **weights: np.ndarray) -> Path:
    first = {"name": "larger", "size": [times, times], "batch_input_shape": [None, 1, 1, 1]}
    return write_model(folder, [{"class_name": "UpSampling2D", "config": first}, *more], weights)


def test_what_needs_too_much_memory_costs_the_others_nothing(dense: Path, tmp_path: Path) -> None:
    huge = _upsampling(tmp_path / "huge", 30_000)  # 3.6 GB
    one = np.ones((1, 1, 1, 1), np.float32)
    good = [Job("tfjs-layers", dense, [X], backend) for backend in ("cpu", "wasm", "cpu", "wasm")]
    bad = [Job("tfjs-layers", huge, [one], backend) for backend in BACKENDS]
    jobs = [good[0], bad[0], good[1], bad[1], good[2], good[3]]
    results = tensorflow_js.run(jobs, memory=2**30)
    assert [result.error is None for result in results] == [True, False, True, False, True, True]
    for result in results:
        if result.error is None:
            np.testing.assert_allclose(result.outputs[0], X @ KERNEL + BIAS, atol=1e-6)
    assert results[1].error == "Array buffer allocation failed"


def test_what_takes_too_long_is_ended_and_costs_the_others_nothing(dense: Path, tmp_path: Path) -> None:
    config = {"name": "slow", "filters": 16, "kernel_size": [31, 31], "padding": "same", "use_bias": False}
    convolution = {"class_name": "Conv2D", "config": config}
    slow = _upsampling(tmp_path / "slow", 1500, convolution, **{"slow/kernel": np.ones((31, 31, 1, 16))})
    good = Job("tfjs-layers", dense, [X])
    jobs = [
        good,
        Job("tfjs-layers", slow, [np.ones((1, 1, 1, 1), np.float32)]),
        replace(good, backend="wasm"),
    ]
    results = tensorflow_js.run(jobs, job_seconds=4)
    assert [result.error for result in results] == [None, "took longer than 4 s", None]


# LiteRT and ONNX Runtime: models as Keras itself exports them.


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[np.ndarray], list[np.ndarray]]:
    """A folder with model.tflite, model.onnx and model.keras, the inputs and Keras' own answers."""
    keras.utils.set_random_seed(5)
    # In this order, which is not the alphabet's, as LiteRT's signatures are.
    zebra, apple = keras.Input((6,), name="zebra"), keras.Input((4,), name="apple", dtype="int32")
    words = layers.Flatten()(layers.Embedding(9, 2)(apple))
    both = layers.Concatenate()([words, zebra])
    outputs = [layers.Dense(3, name="yes")(both), layers.Dense(2, name="maybe", activation="tanh")(both)]
    model = keras.Model([zebra, apple], outputs, name="pair")
    folder = tmp_path_factory.mktemp("exported")
    draw = np.random.default_rng(0)
    inputs = [draw.normal(0, 1, (5, 6)).astype(np.float32), draw.integers(0, 9, (5, 4)).astype(np.int32)]
    expected = [np.asarray(output) for output in model(inputs)]
    model.export(folder / "model.tflite", format="litert", verbose=False)
    model.export(folder / "model.onnx", format="onnx", verbose=False)
    model.save(folder / "model.keras")
    return folder, inputs, expected


@pytest.mark.parametrize(
    ("to", "names"),
    [
        # LiteRT's signatures have names alone: Keras' export leaves their tensors in any order.
        ("litert", ("zebra", "apple")),
        *[(to, names) for to in ("onnx", "keras") for names in (("zebra", "apple"), ("first", "second"), ())],
    ],
)
def test_the_other_runtimes_answer(exported: tuple, to: str, names: tuple[str, ...]) -> None:
    folder, inputs, expected = exported
    (result,) = run([Job(to, folder, inputs, input_names=names, output_names=("yes", "maybe"))])
    assert result.error is None
    for output, wanted in zip(result.outputs, expected, strict=True):
        np.testing.assert_allclose(output, wanted, atol=1e-6)


@pytest.mark.parametrize("to", ["litert", "onnx", "keras"])
def test_names_decide_over_the_order(exported: tuple, to: str) -> None:
    folder, inputs, expected = exported
    (result,) = run([Job(to, folder, inputs[::-1], input_names=("apple", "zebra"))])
    np.testing.assert_allclose(result.outputs[0], expected[0], atol=1e-6)


@pytest.mark.parametrize("to", ["litert", "onnx", "keras"])
def test_bad_files_and_inputs_are_errors_in_one_line(
    exported: tuple, to: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder, inputs, _ = exported
    for name in ("model.tflite", "model.onnx", "model.keras"):
        (tmp_path / name).write_bytes(b"no model at all" * 10)
    jobs = [
        Job(to, tmp_path, inputs),
        Job(to, tmp_path / "none", inputs),
        Job(to, folder, inputs[:1]),
        Job(to, folder, [inputs[0][:, :3], inputs[1]], input_names=("zebra", "apple")),
        Job(to, folder, inputs, input_names=("zebra", "apple")),
    ]
    results = run(jobs)
    assert [result.error is None for result in results] == [False, False, False, False, True]
    for result in results[:-1]:
        assert result.error
        assert "\n" not in result.error
        assert "\x1b" not in result.error
    assert "has 2 inputs" in str(results[2].error)
    assert capfd.readouterr().err == ""
