"""Graph models as a whole: names, orders, quantisation, SavedModels, what is shared, batches that are built in."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from course_utils.conversion import saved_model
from course_utils.conversion.formats import TFJS_GRAPH
from course_utils.conversion.graph import write
from course_utils.conversion.graph.freezing import freeze
from course_utils.conversion.proof.runtimes import BACKENDS, Job, run
from course_utils.conversion.shards import read_weights
from course_utils.errors import CourseError
from tests.conversion.layer_models import faults


def described(folder: Path) -> dict:
    return json.loads((folder / "model.json").read_text(encoding="utf-8"))


def runs(
    folder: Path, inputs: list[np.ndarray], names: list[str], expected: list[np.ndarray], out: list[str]
) -> None:
    jobs = [Job(TFJS_GRAPH, folder, inputs, backend, names, out) for backend in BACKENDS]
    for backend, result in zip(BACKENDS, run(jobs), strict=True):
        assert faults(expected, result, backend) == []
        assert list(result.names) == out
        assert not result.asynchronous


def test_dictionaries_keep_their_names_and_orders(tmp_path: Path) -> None:
    b, a, idle = keras.Input((3,), name="b"), keras.Input((4,), name="a"), keras.Input((2,), name="idle")
    dense = layers.Dense(3, name="dense", bias_initializer="normal")(a)
    model = keras.Model(
        {"b": b, "a": a, "idle": idle},
        {"sum": layers.Add()([dense, b]), "as_it_was": b, "dense": dense, "again": dense},
    )
    write(model, tmp_path)
    signature = described(tmp_path)["signature"]
    assert list(signature["inputs"]) == ["a", "b", "idle"]
    assert list(signature["outputs"]) == ["again", "as_it_was", "dense", "sum"]
    assert signature["inputs"]["b"]["tensorShape"] == {"dim": [{"size": "-1"}, {"size": "3"}]}
    rng = np.random.default_rng(0)
    given = {
        name: rng.normal(size=(5, size)).astype("float32") for name, size in (("a", 4), ("b", 3), ("idle", 2))
    }
    expected = model(given)
    out = list(signature["outputs"])
    runs(tmp_path, list(given.values()), list(given), [expected[name].numpy() for name in out], out)


def test_it_says_who_made_it(tmp_path: Path) -> None:
    write(keras.Sequential([layers.Input((4,)), layers.Dense(2)]), tmp_path)
    model = described(tmp_path)
    assert model["format"] == "graph-model"
    assert model["generatedBy"] == tf.__version__
    assert model["convertedBy"].startswith("course_utils ")


def test_a_saved_model(tmp_path: Path) -> None:
    class Module(tf.Module):
        def __init__(self) -> None:
            self.kernel = tf.Variable(tf.random.stateless_normal([4, 3], [0, 1]))

        @tf.function(
            input_signature=[
                tf.TensorSpec([None, 4], name="z"),
                tf.TensorSpec([None, 3], tf.float64, name="a"),
            ]
        )
        def serve(self, z: tf.Tensor, a: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"relu": tf.nn.relu(z @ self.kernel), "double": a * 2}

    module = Module()
    tf.saved_model.save(module, tmp_path / "saved", signatures={"serving_default": module.serve})
    source = saved_model.read(tmp_path / "saved")
    write(source, tmp_path / "out")
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(5, *port.shape[1:])).astype(port.dtype) for port in source.inputs]
    out = [port.name for port in source.outputs]
    runs(tmp_path / "out", inputs, [port.name for port in source.inputs], source(inputs), out)


def test_a_saved_model_of_text_is_refused(tmp_path: Path) -> None:
    class Module(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def serve(self, text: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"bucket": tf.strings.to_hash_bucket_fast(text, 10)}

    module = Module()
    tf.saved_model.save(module, tmp_path / "saved", signatures={"serving_default": module.serve})
    with pytest.raises(CourseError, match=r"text is of type string, which TF\.js models cannot take"):
        write(saved_model.read(tmp_path / "saved"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_loop_is_written_with_the_same_weights_each_time(tmp_path: Path) -> None:
    """Grappler orders the constants of a loop anew each time; which of several equal ones stays must not follow it."""
    sequence = keras.Input((None, 8))
    hidden = layers.GRU(16, reset_after=False, return_sequences=True)(sequence)
    model = keras.Model(sequence, layers.Dense(4)(hidden))
    written = []
    for number in range(4):
        write(model, tmp_path / str(number), "float16" if number % 2 else "none")
        groups = described(tmp_path / str(number))["weightsManifest"]
        written.append(sorted(weight["name"] for group in groups for weight in group["weights"]))
    assert written[1:] == written[:1] * 3


@pytest.mark.parametrize(("quantize", "tolerance"), [("float16", 2**-11), ("uint8", 1 / 255)])
def test_quantised_weights_are_near(tmp_path: Path, quantize: str, tolerance: float) -> None:
    model = keras.Sequential([layers.Input((40,)), layers.Dense(50, activation="relu"), layers.Dense(3)])
    write(model, tmp_path / "full")
    written = write(model, tmp_path / quantize, quantize)
    full, small = (
        read_weights(described(folder)["weightsManifest"], folder)
        for folder in (tmp_path / "full", tmp_path / quantize)
    )
    assert list(full) == list(small)
    for name, weight in full.items():
        assert np.abs(small[name] - weight).max() <= tolerance * max(np.ptp(weight), np.abs(weight).max())
    size = sum(file.stat().st_size for file in written.files[1:])
    assert size < 0.6 * (tmp_path / "full" / "group1-shard1of1.bin").stat().st_size


def test_wild_statistics_keep_the_bound(tmp_path: Path) -> None:
    model = keras.Sequential(
        [
            layers.Input((6, 6, 3)),
            layers.Conv2D(8, 3),
            layers.BatchNormalization(epsilon=1e-6),
            layers.DepthwiseConv2D(3, use_bias=False),
            layers.BatchNormalization(),
        ]
    )
    rng = np.random.default_rng(0)
    for layer in (model.layers[1], model.layers[3]):
        gamma, beta, mean, variance = layer.get_weights()
        layer.set_weights(
            [
                rng.normal(size=gamma.shape) * 10 ** rng.uniform(-2, 2, gamma.shape),
                rng.normal(size=beta.shape),
                rng.normal(size=mean.shape),
                10 ** rng.uniform(-5, 5, variance.shape),
            ]
        )
    write(model, tmp_path)
    inputs = [rng.normal(size=(6, 6, 6, 3)).astype("float32")]
    expected = [model(inputs[0]).numpy()]
    for backend, result in zip(
        BACKENDS, run([Job(TFJS_GRAPH, tmp_path, inputs, b) for b in BACKENDS]), strict=True
    ):
        assert faults(expected, result, backend) == []


def test_weights_that_two_norms_scale_differently_are_kept_once(tmp_path: Path) -> None:
    one, two = keras.Input((6, 6, 3)), keras.Input((6, 6, 3))
    shared = layers.Conv2D(64, 3, use_bias=False)
    norms = [layers.BatchNormalization(), layers.BatchNormalization()]
    model = keras.Model([one, two], [norm(shared(x)) for norm, x in zip(norms, (one, two), strict=True)])
    norms[1].set_weights([np.full(64, value) for value in (2.0, 1.0, 0.5, 3.0)])
    write(model, tmp_path)
    size = (tmp_path / "group1-shard1of1.bin").stat().st_size
    assert size < 4 * (3 * 3 * 3 * 64 + 6 * 64)


def test_a_batch_that_is_built_in_stays(tmp_path: Path) -> None:
    given = keras.Input(batch_shape=(2, 3))
    model = keras.Model(given, layers.Lambda(lambda x: keras.ops.reshape(x, (x.shape[0] * 3,)))(given))
    assert freeze(model).inputs[0].shape == (2, 3)
    assert freeze(keras.Sequential([layers.Input((3,), batch_size=2), layers.Dense(1)])).inputs[0].shape == (
        None,
        3,
    )


def test_a_model_that_was_never_called_is_refused() -> None:
    with pytest.raises(CourseError, match="has never been called"):
        freeze(keras.Sequential([layers.Dense(2)], name="unbuilt"))
