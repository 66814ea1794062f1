"""ONNX: the .onnx computes in ONNX Runtime what the model does; or it is refused, and the layer named."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from keras import layers

from course_utils.conversion import onnx_file
from course_utils.conversion.formats import ONNX
from course_utils.conversion.sources import load_model
from course_utils.errors import CourseError
from tests.conversion.edge_models import (
    FEATURES,
    RECURRENT,
    STEPS,
    assert_same,
    scattered,
    two_and_three,
    two_and_three_inputs,
)


def pictures(*shape: int) -> np.ndarray:
    return np.random.default_rng(2).normal(size=(3, *shape)).astype(np.float32)


@pytest.mark.parametrize("name", RECURRENT)
def test_recurrent_layers(name: str, tmp_path: Path) -> None:
    model = scattered(RECURRENT[name]())
    onnx_file.write(model, tmp_path)
    sequences = np.random.default_rng(1).normal(size=(3, STEPS, FEATURES)).astype(np.float32)
    sequences[:, 6:] = 0
    assert_same(ONNX, tmp_path, model, [sequences])
    if model.input_shape[1] is None:
        assert_same(ONNX, tmp_path, model, [sequences[:, :5]])


def test_inputs_and_outputs_keep_their_order_and_their_names(tmp_path: Path) -> None:
    model = scattered(two_and_three())
    onnx_file.write(model, tmp_path)
    assert_same(ONNX, tmp_path, model, two_and_three_inputs(3))
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    assert [(port.name, port.shape) for port in session.get_inputs()] == [
        ("zeta", ["batch", 5]),
        ("alpha", ["batch", 6]),
    ]
    assert [(port.name, port.shape) for port in session.get_outputs()] == [
        ("zz", ["batch", 2]),
        ("memory", ["batch", 3]),
        ("aa", ["batch", 4]),
    ]
    assert [
        entry.version for entry in onnx.load(tmp_path / "model.onnx").opset_import if not entry.domain
    ] == [onnx_file.OPSET]


def test_constants_of_a_normalization_are_no_inputs(tmp_path: Path) -> None:
    """Keras' own export makes them so, for EfficientNet."""
    model = scattered(
        keras.Sequential(
            [
                layers.Input((4, 4, 3), name="picture"),
                layers.Normalization(mean=[0.4, 0.5, 0.6], variance=[0.1, 0.2, 0.3]),
                layers.Conv2D(2, 3),
            ]
        )
    )
    onnx_file.write(model, tmp_path)
    assert [port.name for port in onnx.load(tmp_path / "model.onnx").graph.input] == ["picture"]
    assert_same(ONNX, tmp_path, model, [pictures(4, 4, 3)])


@pytest.mark.parametrize("pool", [layers.MaxPooling2D, layers.AveragePooling2D])
def test_zeros_around_negative_values_count_in_a_pool(pool: type[keras.Layer], tmp_path: Path) -> None:
    """ONNX Runtime folds the zeros away, and ResNet50V2 with them, unless it is kept from that."""
    model = keras.Sequential(
        [layers.Input((8, 8, 2)), layers.Conv2D(3, 3), layers.ZeroPadding2D(1), pool(3, strides=2)]
    )
    scattered(model).layers[0].bias.assign([-9, -8, -7])
    onnx_file.write(model, tmp_path)
    assert_same(ONNX, tmp_path, model, [pictures(8, 8, 2)])


#: What tf2onnx has no counterpart for, or gets wrong.
MENDED = {
    "gelu": (lambda: layers.Dense(5, activation="gelu"), (4,)),
    "celu": (lambda: layers.Dense(5, activation="celu"), (4,)),
    "gelu in a loop": (lambda: layers.SimpleRNN(3, activation="gelu", recurrent_initializer="zeros"), (6, 4)),
    "groups": (lambda: layers.Conv2D(4, 3, groups=2), (6, 6, 4)),
    "stride over kernel": (lambda: layers.Conv2DTranspose(3, 2, strides=3), (4, 5, 2)),
    "rows that a scale misses": (lambda: layers.Resizing(5, 5), (9, 9, 2)),
    "bicubic": (lambda: layers.UpSampling2D(2, interpolation="bicubic"), (5, 6, 2)),
    "depthwise": (lambda: layers.SeparableConv2D(4, 3, depth_multiplier=2), (6, 6, 3)),
}


@pytest.mark.parametrize("name", MENDED)
def test_what_tf2onnx_gets_wrong(name: str, tmp_path: Path) -> None:
    make, shape = MENDED[name]
    model = scattered(keras.Sequential([layers.Input(shape), make()]))
    onnx_file.write(model, tmp_path)
    assert_same(ONNX, tmp_path, model, [pictures(*shape)])


REFUSED = {
    "ScaleAndTranslate": lambda: layers.Resizing(3, 3, antialias=True, name="small"),
    "bicubic": lambda: layers.Resizing(5, 5, interpolation="bicubic", name="small"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_onnx_lacks_is_refused_and_the_layer_named(
    what: str, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    model = keras.Sequential([layers.Input((9, 8, 3)), REFUSED[what]()])
    capfd.readouterr()
    with pytest.raises(CourseError, match=f"Layer small .*{what}") as refused:
        onnx_file.write(model, tmp_path)
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")


def test_a_saved_model(tmp_path: Path) -> None:
    model = scattered(RECURRENT["LSTM"]())
    model.export(str(tmp_path / "saved"), verbose=False)
    onnx_file.write(load_model(tmp_path / "saved"), tmp_path)
    assert_same(ONNX, tmp_path, model, [pictures(7, FEATURES)])


def test_the_same_model_becomes_the_same_bytes_quietly(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    path = tmp_path / "model.keras"
    scattered(
        keras.Sequential(
            [
                layers.Input((9, 9, 2)),
                layers.SeparableConv2D(4, 3),
                layers.MaxPooling2D(),
                layers.BatchNormalization(),
                layers.Flatten(),
                layers.Dense(3, activation="gelu"),
            ]
        )
    ).save(path)
    written = []
    capfd.readouterr()
    for _ in range(2):
        onnx_file.write(load_model(path), tmp_path)
        written.append((tmp_path / "model.onnx").read_bytes())
    assert written[0] == written[1]
    assert capfd.readouterr() == ("", "")
