"""Operations that a backend of TF.js lacks or gets wrong: rewritten, the same on CPU and WASM; or refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from course_utils.conversion.formats import TFJS_GRAPH
from course_utils.conversion.graph import ops, write
from course_utils.conversion.proof.runtimes import BACKENDS, Job, run
from course_utils.errors import CourseError
from tests.conversion.layer_models import faults

VECTOR, IMAGE = (6,), (6, 8, 4)
Function = Callable[[tf.Tensor], tf.Tensor]


class Function1(keras.layers.Layer):
    """A layer that calls a TensorFlow function."""

    def __init__(self, function: Function) -> None:
        super().__init__(name="written_by_hand")
        self.function = function

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return self.function(x)


def floats(x: tf.Tensor) -> tf.Tensor:
    return tf.cast(x, tf.float32)


#: name → (function, the shape of one example, its dtype)
REWRITTEN: dict[str, tuple[Function, tuple[int, ...], str]] = {
    "OneHot": (lambda x: tf.one_hot(x, 9), VECTOR, "int32"),
    "OneHot, other values": (
        lambda x: tf.one_hot(x, 5, on_value=2.0, off_value=-1.0),
        VECTOR,
        "int32",
    ),
    "ReverseV2 of booleans": (lambda x: floats(tf.reverse(x > 3, [1])), VECTOR, "int32"),
    "Cast of fractions to booleans": (lambda x: floats(tf.cast(tf.nn.relu(x), tf.bool)), VECTOR, "float32"),
    "Mean of integers": (lambda x: floats(tf.reduce_mean(x, 1, keepdims=True) + x), VECTOR, "int32"),
    "StridedSlice with a new and a dropped axis": (lambda x: x[:, ::2, 1:-1:3, None, -1], IMAGE, "float32"),
    "StridedSlice of integers": (lambda x: floats(x[:, 1::2]), VECTOR, "int32"),
    "StridedSlice from the end": (lambda x: x[..., -1, ::-2], IMAGE, "float32"),
    "Einsum": (lambda x: tf.einsum("bhwc,bhvc->bwv", x, x), IMAGE, "float32"),
    "Einsum, sum of all": (lambda x: tf.einsum("bhwc,bhwc->b", x, x)[:, None], IMAGE, "float32"),
    "Cumsum from the end": (lambda x: tf.cumsum(x, -1, exclusive=True), IMAGE, "float32"),
    "Bucketize": (
        lambda x: floats(tf.raw_ops.Bucketize(input=x, boundaries=[-0.5, 0.0, 0.7])),
        VECTOR,
        "float32",
    ),
    "Softsign": (tf.nn.softsign, VECTOR, "float32"),
    "Erfc": (tf.math.erfc, VECTOR, "float32"),
    "Rint": (lambda x: tf.math.rint(x * 3) + x, VECTOR, "float32"),
    "Xlogy": (lambda x: tf.math.xlogy(tf.nn.relu(x), tf.abs(x) + 0.1), VECTOR, "float32"),
    "SpaceToDepth": (lambda x: tf.nn.space_to_depth(x, 2), IMAGE, "float32"),
    "Roll": (lambda x: tf.roll(x, [2, -1], [1, 3]), IMAGE, "float32"),
    "ResizeBicubic": (lambda x: tf.image.resize(x, (9, 5), "bicubic"), IMAGE, "float32"),
    "ResizeArea": (lambda x: tf.image.resize(x, (3, 4), "area"), IMAGE, "float32"),
    "ScaleAndTranslate": (lambda x: tf.image.resize(x, (4, 5), "lanczos3", antialias=True), IMAGE, "float32"),
    "MaxPoolWithArgmax": (lambda x: tf.nn.max_pool_with_argmax(x, 2, 2, "VALID")[0], IMAGE, "float32"),
    "MaxPool3D": (layers.MaxPooling3D((2, 3, 2), strides=(2, 1, 1)), (4, 5, 6, 8), "float32"),
    "MaxPool3D, same": (layers.MaxPooling3D(3, strides=2, padding="same"), (4, 5, 6, 8), "float32"),
    "Select by rows": (
        lambda x: tf.raw_ops.Select(condition=x[:, 0, 0, 0] > 0, x=x, y=-2 * x),
        IMAGE,
        "float32",
    ),
    "Conv2D in groups": (layers.Conv2D(8, 3, groups=2), IMAGE, "float32"),
    "Conv2D, one group a channel": (layers.Conv2D(8, 3, groups=4), IMAGE, "float32"),
    "Conv3DTranspose": (layers.Conv3DTranspose(3, (3, 2, 3), strides=(2, 1, 3)), (4, 3, 5, 2), "float32"),
    "Conv3DTranspose, same": (
        layers.Conv3DTranspose(3, 3, strides=2, padding="same"),
        (4, 3, 5, 2),
        "float32",
    ),
    "Conv3DTranspose, short kernel": (layers.Conv3DTranspose(2, 1, strides=2), (4, 3, 5, 2), "float32"),
}


def model_of(function: Function, shape: tuple[int, ...], dtype: str) -> keras.Model:
    given = keras.Input(shape, dtype=dtype)
    layer = function if isinstance(function, keras.layers.Layer) else Function1(function)
    return keras.Model(given, layer(given))


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    folder = tmp_path_factory.mktemp("operations")
    rng = np.random.default_rng(0)
    jobs, expected = [], []
    for name, (function, shape, dtype) in REWRITTEN.items():
        model = model_of(function, shape, dtype)
        numbers = rng.normal(size=(4, *shape)) if dtype == "float32" else rng.integers(0, 8, (4, *shape))
        inputs = [numbers.astype(dtype)]
        write(model, folder / name)
        expected.append((name, [model(inputs[0]).numpy()]))
        jobs += [Job(TFJS_GRAPH, folder / name, inputs, backend) for backend in BACKENDS]
    results = iter(run(jobs))
    return {
        name: [fault for backend in BACKENDS for fault in faults(outputs, next(results), backend)]
        for name, outputs in expected
    }


@pytest.mark.parametrize("name", REWRITTEN)
def test_it_computes_the_same(tried: dict[str, list[str]], name: str) -> None:
    assert tried[name] == []


@pytest.mark.parametrize(
    ("function", "shape", "dtype", "said"),
    [
        (
            lambda x: tf.linalg.inv(x),
            (3, 3),
            "float32",
            "needs the operation MatrixInverse, which TF.js does not have",
        ),
        (lambda x: tf.abs(tf.signal.rfft(x)), (6,), "float32", "TF.js' WASM backend does not have"),
        (
            lambda x: tf.nn.dilation2d(x, tf.ones([2, 2, 4]), [1] * 4, "SAME", "NHWC", [1] * 4),
            IMAGE,
            "float32",
            "WASM backend computes wrongly",
        ),
        (lambda x: x + keras.random.normal((6,)), VECTOR, "float32", "draws random numbers when it predicts"),
        (layers.Hashing(7, name="written_by_hand"), VECTOR, "int32", "works on text or looks words up"),
        (layers.IntegerLookup(vocabulary=[1, 2], name="written_by_hand"), VECTOR, "int64", "up in a table"),
    ],
)
def test_what_a_backend_cannot_run_is_refused(
    tmp_path: Path, function: Function, shape: tuple[int, ...], dtype: str, said: str
) -> None:
    model = model_of(function, shape, dtype)
    with pytest.raises(CourseError, match=r"^Layer written_by_hand ") as raised:
        write(model, tmp_path / "out")
    assert said in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_a_stateful_layer_is_refused(tmp_path: Path) -> None:
    model = keras.Sequential(
        [layers.Input((5, 3), batch_size=1), layers.LSTM(4, stateful=True, name="memory")]
    )
    with pytest.raises(CourseError, match=r"^Layer memory keeps a state .* tfjs-layers"):
        write(model, tmp_path / "out")


def test_the_table_of_operations_is_that_of_the_packages() -> None:
    table = ops.read_packages()
    assert ops.rendered(table) == ops.FILE.read_text(encoding="utf-8"), (
        "make it again: python -m course_utils.conversion.graph.ops"
    )


def test_the_table_tells_backends_apart() -> None:
    assert ops.missing("Einsum") == ("wasm",)
    assert ops.missing("Conv2D") == ()
    assert ops.missing("MatrixInverse") is None


def operations(folder: Path) -> list[str]:
    topology = json.loads((folder / "model.json").read_text(encoding="utf-8"))["modelTopology"]
    return [node["op"] for node in topology["node"] if node["op"] not in ("Const", "Placeholder")]


def test_batch_normalisation_disappears_into_the_convolution(tmp_path: Path) -> None:
    model = keras.Sequential(
        [
            layers.Input((8, 8, 3)),
            layers.Conv2D(4, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(6),
            layers.DepthwiseConv2D(3),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(5, activation="sigmoid"),
            layers.BatchNormalization(),
        ]
    )
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.5, 1, weight.shape) for weight in model.get_weights()])
    write(model, tmp_path)
    # The last one comes after an activation, and stays.
    assert sorted(operations(tmp_path)) == sorted(
        ["_FusedConv2D", "FusedDepthwiseConv2dNative", "Reshape", "_FusedMatMul", "Mul", "AddV2"]
    )


def test_tanh_is_not_fused(tmp_path: Path) -> None:
    write(
        keras.Sequential([layers.Input((5,)), layers.Dense(4, activation="tanh", bias_initializer="normal")]),
        tmp_path,
    )
    assert sorted(operations(tmp_path)) == ["Tanh", "_FusedMatMul"]
