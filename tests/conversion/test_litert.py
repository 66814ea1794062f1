"""LiteRT: the .tflite computes what the model does, without Flex; or it is refused, and the layer named."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from keras import layers

from course_utils.conversion import litert
from course_utils.conversion.formats import LITERT
from course_utils.conversion.litert.flatbuffer import ALIGNMENT
from course_utils.conversion.sources import load_model
from course_utils.errors import CourseError, UsageError
from tests.conversion.edge_models import (
    FEATURES,
    RECURRENT,
    STEPS,
    assert_same,
    scattered,
    two_and_three,
    two_and_three_inputs,
)


@pytest.mark.parametrize("name", RECURRENT)
def test_recurrent_layers_need_no_flex(name: str, tmp_path: Path) -> None:
    model = scattered(RECURRENT[name]())
    litert.write(model, tmp_path)
    sequences = np.random.default_rng(1).normal(size=(3, STEPS, FEATURES)).astype(np.float32)
    sequences[:, 6:] = 0
    assert_same(LITERT, tmp_path, model, [sequences])
    if model.input_shape[1] is None:
        assert_same(LITERT, tmp_path, model, [sequences[:, :5]])


def test_inputs_and_outputs_keep_their_order_and_their_names(tmp_path: Path) -> None:
    model = scattered(two_and_three())
    litert.write(model, tmp_path)
    assert_same(LITERT, tmp_path, model, two_and_three_inputs(3))
    interpreter = Interpreter(str(tmp_path / "model.tflite"))
    assert [tensor["name"] for tensor in interpreter.get_input_details()] == ["zeta", "alpha"]
    assert [tensor["name"] for tensor in interpreter.get_output_details()] == ["zz", "memory", "aa"]
    signature = interpreter.get_signature_list()["serving_default"]
    assert set(signature["inputs"]) == {"zeta", "alpha"}
    assert interpreter.get_input_details()[1]["dtype"] is np.int32


def test_pictures_of_any_size(tmp_path: Path) -> None:
    picture = layers.Input((None, None, 3), name="picture")
    made = layers.Conv2D(4, 3, strides=2, padding="same")(picture)
    model = scattered(keras.Model(picture, layers.Conv2DTranspose(2, 2, strides=2)(made)))
    litert.write(model, tmp_path)
    random = np.random.default_rng(0)
    for size in ((8, 8), (11, 6)):
        assert_same(LITERT, tmp_path, model, [random.normal(size=(3, *size, 3)).astype(np.float32)])


def test_a_saved_model(tmp_path: Path) -> None:
    model = scattered(RECURRENT["LSTM"]())
    model.export(str(tmp_path / "saved"), verbose=False)
    litert.write(load_model(tmp_path / "saved"), tmp_path)
    assert_same(
        LITERT, tmp_path, model, [np.random.default_rng(0).normal(size=(3, 7, FEATURES)).astype(np.float32)]
    )


class Growing(keras.layers.Layer):
    """Collects as many tensors as its loop makes."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        def step(at: tf.Tensor, rows: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            return at + 1, rows.write(at, x[0] * 2.0)

        rows = tf.TensorArray(tf.float32, 0, dynamic_size=True, element_shape=(3,))
        _, rows = tf.while_loop(lambda at, _: at < tf.shape(x)[0], step, (0, rows))
        return x + tf.reduce_sum(rows.stack(), 0)


REFUSED = {
    "MaxPool3D": lambda: keras.Sequential([layers.Input((4, 4, 4, 1)), layers.MaxPooling3D(name="deep")]),
    "float64": lambda: keras.Sequential([layers.Input((3,)), layers.Dense(2, dtype="float64", name="deep")]),
    "channels first": lambda: keras.Sequential(
        [layers.Input((3, 8)), layers.Conv1D(2, 3, data_format="channels_first", name="deep")]
    ),
    "grows": lambda: keras.Sequential([layers.Input((3,)), Growing(name="deep")]),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_litert_lacks_is_refused_and_the_layer_named(
    what: str, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    model = REFUSED[what]()
    capfd.readouterr()
    with pytest.raises(CourseError, match=f"Layer deep .*{what}") as refused:
        litert.write(model, tmp_path)
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith(".")
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")


def test_full_int8_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--data"):
        litert.write(scattered(two_and_three()), tmp_path, "full-int8")


def test_the_same_model_becomes_the_same_bytes_quietly(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    path = tmp_path / "model.keras"
    scattered(RECURRENT["LSTM"]()).save(path)
    written = []
    capfd.readouterr()
    for _ in range(2):
        litert.write(load_model(path), tmp_path)
        written.append((tmp_path / "model.tflite").read_bytes())
    assert written[0] == written[1]
    assert capfd.readouterr() == ("", "")


def test_weights_stand_where_runtimes_can_read_them_in_place(tmp_path: Path) -> None:
    litert.write(scattered(RECURRENT["stacked, then a convolution"]()), tmp_path)
    content = (tmp_path / "model.tflite").read_bytes()
    buffers = schema.ModelT.InitFromPackedBuf(content, 0).buffers
    large = [buffer.data.tobytes() for buffer in buffers if buffer.data is not None and len(buffer.data) > 64]
    assert len(large) > 3
    assert all(content.index(values) % ALIGNMENT == 0 for values in large)
