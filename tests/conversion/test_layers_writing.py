"""What a TensorFlow.js layers model is made of: names, weights, flags, sizes; and what is refused, with a way out."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from course_utils.bench.conformance.building import draw
from course_utils.conversion.formats import TFJS_LAYERS
from course_utils.conversion.layers import write
from course_utils.conversion.proof.runtimes import BACKENDS, Job, run
from course_utils.conversion.proof.source import predict
from course_utils.conversion.shards import read_weights
from course_utils.errors import CourseError
from tests.conversion.layer_models import faults

GRU = {"reset_after": False}


def written(model: Model, folder: Path, quantize: str = "none") -> dict:
    """The model.json that was written."""
    write(model, folder, quantize)
    return json.loads((folder / "model.json").read_text(encoding="utf-8"))


def config_of(whole: dict) -> dict:
    return whole["modelTopology"]["model_config"]["config"]


def names_of(whole: dict) -> set[str]:
    return {entry["name"] for group in whole["weightsManifest"] for entry in group["weights"]}


def picture_model() -> Model:
    keras.utils.clear_session()
    return draw(
        Sequential(
            [
                Input((8, 8, 3)),
                layers.Conv2D(4, 3, activation="relu"),
                layers.BatchNormalization(),
                layers.Flatten(),
                layers.Dense(5, activation="softmax"),
            ]
        )
    )


def test_the_topology_is_of_the_keras_2_years(tmp_path: Path) -> None:
    given = Input((8, 8, 3), name="picture")
    x = layers.Conv2D(4, 3, kernel_regularizer="l2", name="conv")(given)
    model = Model(given, layers.Add(name="sum")([x, layers.ReLU(name="relu")(x)]), name="small")
    whole = written(model, tmp_path)
    assert whole["format"] == "layers-model"
    assert whole["modelTopology"]["model_config"]["class_name"] == "Functional"
    picture, conv, *_, total = config_of(whole)["layers"]
    assert picture["config"] == {"name": "picture", "batch_input_shape": [None, 8, 8, 3], "dtype": "float32"}
    assert conv["config"]["dtype"] == "float32"
    assert conv["config"]["kernel_regularizer"] == {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.01}}
    assert conv["config"]["kernel_initializer"] == {"class_name": "GlorotUniform", "config": {"seed": None}}
    assert total["inbound_nodes"] == [[["conv", 0, 0, {}], ["relu", 0, 0, {}]]]
    assert config_of(whole)["output_layers"] == [["sum", 0, 0]]


def test_a_sequential_stays_one_where_its_layers_stay_in_a_row(tmp_path: Path) -> None:
    for activation, class_name in (
        ("relu", "Sequential"),
        ("hard_sigmoid", "Sequential"),
        ("hard_silu", "Functional"),
    ):
        model = Sequential([Input((4,)), layers.Dense(3, activation=activation)])
        assert written(model, tmp_path)["modelTopology"]["model_config"]["class_name"] == class_name


def test_weights_have_the_names_that_tensorflow_js_looks_for(tmp_path: Path) -> None:
    given = Input((5, 4), name="given")
    x = layers.Bidirectional(
        layers.LSTM(3, return_sequences=True, use_bias=False, name="memory"), name="both"
    )(given)
    x = layers.TimeDistributed(layers.Dense(2, name="hidden"), name="each")(x)
    x = layers.RNN([layers.LSTMCell(2), layers.GRUCell(3, **GRU)], name="stack")(x)
    inner = Sequential([Input((3,)), layers.Dense(2, name="out")], name="inner")
    names = names_of(written(Model(given, layers.Dense(1, name="out")(inner(x))), tmp_path))
    parts = ("kernel", "recurrent_kernel", "bias")
    wanted = {f"both/{way}_memory/{part}" for way in ("forward", "backward") for part in parts[:2]}
    wanted |= {f"stack/RNNCell_{cell}/{part}" for cell in (0, 1) for part in parts}
    wanted |= {f"{layer}/{part}" for layer in ("each", "out", "out_1") for part in ("kernel", "bias")}
    assert names == wanted


def test_a_name_that_had_to_change_is_told(tmp_path: Path) -> None:
    given = Input((4,))
    notes = write(Model(given, layers.Dense(2, name="a>b")(given)), tmp_path).notes
    assert notes == ("a>b is called a_b in TensorFlow.js, where names are plain and no two are the same.",)


def test_shared_weights_are_stored_once(tmp_path: Path) -> None:
    left, right = Input((4,)), Input((4,))
    tower = Sequential([Input((4,)), layers.Dense(5), layers.Dense(3)])
    model = Model([left, right], layers.Dot(1)([tower(left), tower(right)]))
    whole = written(model, tmp_path)
    size = sum((tmp_path / name).stat().st_size for name in whole["weightsManifest"][0]["paths"])
    assert size == 4 * model.count_params()


def test_what_is_frozen_stays_frozen(tmp_path: Path) -> None:
    both = layers.Bidirectional(layers.LSTM(2, name="memory"), trainable=False, name="both")
    model = Sequential(
        [Input((5, 4)), layers.Dense(3, trainable=False, name="first"), both, layers.Dense(2, name="last")]
    )
    _, first, both, last = (layer["config"] for layer in config_of(written(model, tmp_path))["layers"])
    assert (first["trainable"], both["trainable"], last["trainable"]) == (False, False, True)
    assert both["layer"]["config"]["trainable"] is False


def test_a_constraint_that_would_change_a_weight_is_left_out(tmp_path: Path) -> None:
    kept = layers.Dense(2, kernel_constraint=keras.constraints.MaxNorm(9), name="kept")
    left_out = layers.Dense(2, kernel_constraint="non_neg", name="left_out")
    model = draw(Sequential([Input((4,)), kept, left_out]))
    _, kept, left_out = (layer["config"] for layer in config_of(written(model, tmp_path))["layers"])
    assert kept["kernel_constraint"] == {"class_name": "MaxNorm", "config": {"max_value": 9, "axis": 0}}
    assert left_out["kernel_constraint"] is None


def test_layers_for_training_are_left_out_and_told(tmp_path: Path) -> None:
    model = Sequential([Input((8, 8, 3)), layers.RandomFlip(name="flip"), layers.Flatten()])
    notes = write(model, tmp_path).notes
    assert notes == (
        "flip (RandomFlip) acts in training only and TensorFlow.js has no such layer: left out.",
    )


def test_a_large_model_has_several_shards(tmp_path: Path) -> None:
    files = write(Sequential([Input((1100,)), layers.Dense(1000)]), tmp_path).files
    assert [file.name for file in files] == ["model.json", "group1-shard1of2.bin", "group1-shard2of2.bin"]
    assert all(file.is_file() for file in files)


def test_weights_are_not_gathered_in_memory(tmp_path: Path) -> None:
    model = Sequential([Input((1500,)), *(layers.Dense(1500) for _ in range(4))])
    write(model, tmp_path)
    tracemalloc.start()
    write(model, tmp_path, "uint8")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 4 * model.count_params()


def test_quantised_weights_are_what_tensorflow_js_reads_and_a_transposed_one_is_noticed(
    tmp_path: Path,
) -> None:
    inputs = [np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype(np.float32)]
    jobs, expected = [], []
    for quantize in ("float16", "uint8"):
        model, folder = picture_model(), tmp_path / quantize
        folder.mkdir()
        exact = predict(model, inputs)
        weights = read_weights(written(model, folder, quantize)["weightsManifest"], folder)
        for layer in model.layers:
            for variable in layer.weights:
                variable.assign(weights[f"{layer.name}/{variable.name}"])
        stored = predict(model, inputs)
        assert 1e-6 < np.abs(stored[0] - exact[0]).max() < 0.1
        jobs += [Job(TFJS_LAYERS, folder, inputs, backend) for backend in BACKENDS]
        expected += [stored, stored]
    turned = picture_model()
    right = predict(turned, inputs)
    kernel = turned.layers[0].kernel
    kernel.assign(np.asarray(kernel).transpose(1, 0, 2, 3))
    (tmp_path / "turned").mkdir()
    write(turned, tmp_path / "turned")
    *results, wrong = run([*jobs, Job(TFJS_LAYERS, tmp_path / "turned", inputs)])
    for answer, result in zip(expected, results, strict=True):
        assert faults(answer, result, "") == []
    assert faults(right, wrong, "") != []


class Unknown(layers.Dense):
    """A layer of the user's."""


class InPython(Model):
    """A model whose computation is written in Python."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, x: object) -> object:
        return self.dense(x)


def twice(x: object) -> object:
    return x * 2


def in_python() -> Model:
    model = InPython()
    model(np.zeros((1, 3), np.float32))
    return model


def with_lora() -> Model:
    model = Sequential([Input((4,)), layers.Dense(3)])
    model.layers[0].enable_lora(2)
    return model


def of(*stack: keras.Layer, shape: tuple[int | None, ...] = (4,), dtype: str = "float32") -> Model:
    return Sequential([Input(shape, dtype=dtype), *stack])


def connected(make: Callable[..., object], *shapes: tuple[int | None, ...], dtype: str = "float32") -> Model:
    given = [Input(shape, dtype=dtype) for shape in shapes]
    return Model(given, make(*given))


def two_decoders(x: object) -> object:
    read = layers.Embedding(9, 4, mask_zero=True)(x)
    _, *state = layers.LSTM(3, return_state=True)(read)
    return layers.LSTM(3)(layers.LSTM(3, return_sequences=True)(read, initial_state=state))


def own_mask(x: object) -> object:
    return layers.LSTM(3)(x, mask=keras.ops.greater(x[:, :, 0], 0))


REFUSALS: dict[str, tuple[Callable[[], Model], str]] = {
    "python": (
        in_python,
        "computes in Python code of its own, which TensorFlow.js' layers cannot: build it as keras.Sequential",
    ),
    "not built": (
        lambda: Sequential([layers.Dense(2)]),
        "has not been built: call it on some data, or begin it with an Input",
    ),
    "own layer": (lambda: of(Unknown(3)), "(Unknown) is of your own making: convert to tfjs-graph"),
    "own activation": (
        lambda: of(layers.Dense(3, activation=twice)),
        "has the activation twice, which TensorFlow.js has not",
    ),
    "text": (
        lambda: of(layers.Identity(), dtype="string"),
        "takes text, which TensorFlow.js' layers cannot: turn words into numbers",
    ),
    "training": (
        lambda: connected(lambda x: layers.Dropout(0.5)(x, training=True), (4,)),
        "is called with training=True, which TensorFlow.js does not keep: call it without",
    ),
    "own mask": (lambda: connected(own_mask, (5, 4)), "is given a mask of yours"),
    "two decoders": (
        lambda: connected(two_decoders, (6,), dtype="int32"),
        "begins from a given state, in a model with masks",
    ),
    "LoRA": (with_lora, "has LoRA weights of its own: merge them"),
    "output padding": (
        lambda: of(layers.Conv2DTranspose(2, 3, 2, output_padding=1), shape=(4, 4, 2)),
        "has an output_padding, which TensorFlow.js has not",
    ),
    "Dot": (
        lambda: connected(lambda a, b: layers.Dot(3)([a, b]), (3, 4, 5), (3, 4, 5)),
        "takes tensors of more than 3 axes",
    ),
    "any size": (
        lambda: of(layers.Resizing(4, 4), shape=(None, None, 3)),
        "takes pictures of any size, which TensorFlow.js cannot: give the Input a fixed shape",
    ),
    "letterbox": (
        lambda: of(layers.Resizing(4, 4, pad_to_aspect_ratio=True), shape=(8, 6, 3)),
        "pads to keep the aspect ratio",
    ),
    "LSTM, hard": (
        lambda: of(layers.LSTM(3, activation="hard_sigmoid"), shape=(5, 4)),
        "has an activation that TensorFlow.js has not",
    ),
    "LSTM, leaky gates": (
        lambda: of(layers.LSTM(3, recurrent_activation="leaky_relu"), shape=(5, 4)),
        "has a recurrent_activation that TensorFlow.js has not",
    ),
    "GRU": (
        lambda: of(layers.GRU(3), shape=(5, 4)),
        "TensorFlow.js' GRU before it: train GRU(reset_after=False), or convert to tfjs-graph",
    ),
    "masked softmax": (
        lambda: of(layers.Embedding(9, 4, mask_zero=True), layers.Softmax(), shape=(6,), dtype="int32"),
        "has a mask, which TensorFlow.js applies otherwise: take Activation('softmax')",
    ),
    "steps after steps, masked": (
        lambda: connected(
            lambda x: layers.LSTM(2)(layers.Concatenate(axis=1)([layers.Masking()(x), layers.Masking()(x)])),
            (6, 4),
        ),
        "needs a mask that TensorFlow.js loses on the way",
    ),
    "contrast": (lambda: of(layers.AutoContrast(), shape=(8, 8, 3)), "changes pictures by what is in them"),
    "half precision": (
        lambda: of(layers.Dense(3, dtype="mixed_float16")),
        "computes in float16, and TensorFlow.js in float32",
    ),
    "no number": (
        lambda: of(layers.Masking(float("nan")), shape=(5, 4)),
        "has NaN or infinity among its settings",
    ),
    "backward layer": (
        lambda: of(
            layers.Bidirectional(layers.LSTM(3), backward_layer=layers.GRU(3, go_backwards=True, **GRU)),
            shape=(5, 4),
        ),
        "has a backward_layer that is no mirror of the other",
    ),
}


@pytest.mark.parametrize("name", list(REFUSALS))
def test_what_cannot_be_expressed_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    make, says = REFUSALS[name]
    with pytest.raises(CourseError, match=re.escape(says)) as refusal:
        write(make(), tmp_path)
    assert "\n" not in str(refusal.value)
    assert list(tmp_path.iterdir()) == []
