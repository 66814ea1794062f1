"""What makes a file of Keras 2 differ from one of Keras 3, one trap at a time, and what is refused."""

from __future__ import annotations

import json
import os

import h5py
import keras
import numpy as np
import pytest
import tf_keras

from course_utils.conversion.keras2 import load_h5, repair
from course_utils.errors import CourseError

L = tf_keras.layers
INPUTS = np.random.default_rng(0).normal(size=(4, 6, 3)).astype("float32")


def saved(model, folder, change=None):
    """The file that `model.save` writes; `change(config)` edits its config first."""
    random = np.random.default_rng(1)
    model.set_weights([random.normal(0, 0.6, value.shape) ** 2 for value in model.get_weights()])
    path = folder / "old.h5"
    model.save(os.fspath(path))
    if change:
        with h5py.File(path, "r+") as file:
            config = json.loads(file.attrs["model_config"])
            change(config)
            file.attrs["model_config"] = json.dumps(config)
    return path


def said(model, inputs=INPUTS):
    return np.asarray(keras.ops.convert_to_numpy(model(inputs, training=False)))


def row(*layers):
    return tf_keras.Sequential([tf_keras.Input((6, 3)), *layers])


def edit(class_name, **settings):
    def change(config):
        for layer in config["config"]["layers"]:
            if layer["class_name"] == class_name:
                layer["config"].update(settings)

    return change


def assert_refused(path, *words, **settings):
    with pytest.raises(CourseError) as refusal:
        load_h5(path, **settings)
    sentence = str(refusal.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    for word in words:
        assert word in sentence


@pytest.mark.parametrize("name", ["LSTM", "GRU"])
def test_cudnn_layers_become_plain_ones(name, tmp_path):
    from tf_keras.src.saving.legacy import hdf5_format

    old = row(getattr(L, name)(5, return_sequences=True))
    path = saved(old, tmp_path)
    cudnn = type(f"CuDNN{name}", (), {})  # what Keras 2 itself makes of the weights for NVIDIA's library
    values = hdf5_format._convert_rnn_weights(cudnn(), old.get_weights())
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        last = config["config"]["layers"][-1]
        last["class_name"] = f"CuDNN{name}"
        unknown = ("activation", "recurrent_activation", "use_bias", "reset_after", "dropout", "unroll")
        for setting in unknown:
            last["config"].pop(setting, None)
        file.attrs["model_config"] = json.dumps(config)
        group = file["model_weights"][last["config"]["name"]]
        for weight, value in zip(list(group.attrs["weight_names"]), values, strict=True):
            del group[weight]
            group[weight] = value
    np.testing.assert_allclose(said(load_h5(path)), old(INPUTS).numpy(), atol=1e-6)


def test_a_gru_that_does_not_say_resets_before(tmp_path):
    old = row(L.GRU(5, reset_after=False))
    path = saved(old, tmp_path, lambda config: config["config"]["layers"][-1]["config"].pop("reset_after"))
    np.testing.assert_allclose(said(load_h5(path)), old(INPUTS).numpy(), atol=1e-6)


def test_kernels_of_theano_are_turned(tmp_path):
    old = row(L.Conv1D(4, 3))
    path = saved(old, tmp_path)
    with h5py.File(path, "r+") as file:
        file.attrs["backend"] = "theano"
    kernel, bias = old.get_weights()
    old.set_weights([kernel[::-1], bias])
    np.testing.assert_allclose(said(load_h5(path)), old(INPUTS).numpy(), atol=1e-6)


@pytest.mark.parametrize("frozen", [(), (0,), (1,), (0, 2), (0, 1, 2)])
def test_frozen_layers_of_a_model_inside_lie_last(frozen, tmp_path):
    inner = tf_keras.Sequential(
        [L.Dense(3, input_shape=(3,)), L.BatchNormalization(), L.Dense(3), L.Dense(3, use_bias=False)]
    )
    for index in frozen:
        inner.layers[index].trainable = False
    start = tf_keras.Input((6, 3))
    once = L.RepeatVector(6)(inner(L.GlobalMaxPooling1D()(start)))
    old = tf_keras.Model(start, L.Add()([L.TimeDistributed(inner)(start), once]))
    path = saved(old, tmp_path)
    np.testing.assert_allclose(said(load_h5(path)), old(INPUTS).numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("first", [0, 1])
def test_nodes_of_a_model_inside_are_counted_from_nought_or_one(first, tmp_path):
    start = tf_keras.Input((6, 3))
    seen = tf_keras.Input((6, 3))
    inner = tf_keras.Model(seen, L.Dense(3, activation="tanh")(seen), name="inner")
    old = tf_keras.Model(start, inner(inner(start)))

    def change(config):
        text = json.dumps(config).replace('["inner", 1, 0', f'["inner", {first}, 0')
        config.update(json.loads(text.replace('["inner", 2, 0', f'["inner", {first + 1}, 0')))

    path = saved(old, tmp_path, change)
    np.testing.assert_allclose(said(load_h5(path)), old(INPUTS).numpy(), atol=1e-6)


def test_a_call_outside_training_predicts_the_same_and_one_in_training_is_refused(tmp_path):
    start = tf_keras.Input((6, 3))
    old = tf_keras.Model(start, L.BatchNormalization()(start, training=False))
    path = saved(old, tmp_path)
    np.testing.assert_allclose(said(load_h5(path)), old(INPUTS).numpy(), rtol=1e-5, atol=1e-5)
    old = tf_keras.Model(start, L.BatchNormalization(name="always")(start, training=True))
    assert_refused(saved(old, tmp_path), "always", "training=True")


def test_names_with_slashes_and_odd_settings(tmp_path):
    old = row(L.Dense(3, name="deep/inside"), L.BatchNormalization(name="deep/inside/norm"))

    def change(config):
        config["config"]["layers"][-1]["config"].update(axis={"class_name": "ListWrapper", "items": [2]})
        config["config"]["layers"][-2]["config"].update(
            kernel_initializer={"class_name": "MyOwn>Initializer", "config": {"dtype": "float32"}},
            kernel_regularizer={"class_name": "Mine", "config": {}},
        )

    path = saved(old, tmp_path, change)
    np.testing.assert_allclose(said(load_h5(path)), old(INPUTS).numpy(), rtol=1e-5, atol=1e-5)


def test_numbers_that_keras_2_1_wrapped(tmp_path):
    old = row(L.LeakyReLU(0.25), L.Dense(2))
    wrapped = edit("LeakyReLU", alpha={"type": "ndarray", "value": 0.25})
    np.testing.assert_allclose(said(load_h5(saved(old, tmp_path, wrapped))), old(INPUTS).numpy(), atol=1e-6)


def test_more_layers_than_one_attribute_holds(tmp_path):
    start = x = tf_keras.Input((6, 3))
    for index in range(170):
        x = L.Activation("linear", name=f"{'long' * 100}_{index}")(x)
    old = tf_keras.Model(start, L.Dense(2)(x))
    path = saved(old, tmp_path)
    with h5py.File(path) as file:
        assert "layer_names0" in file["model_weights"].attrs
    np.testing.assert_allclose(said(load_h5(path)), old(INPUTS).numpy(), atol=1e-6)


def test_a_lambda_is_never_run_unless_trusted(tmp_path):
    old = row(L.Lambda(lambda x: x * 2 + 1), L.Dense(2))
    path = saved(old, tmp_path)
    assert_refused(path, "lambda", "--trust")
    np.testing.assert_allclose(said(load_h5(path, trust=True)), old(INPUTS).numpy(), atol=1e-6)


def test_a_config_alone_is_repaired_without_being_changed():
    config = {"class_name": "Sequential", "config": row(L.Dense(2, activation="swish")).get_config()}
    before = json.dumps(config)
    model = keras.saving.deserialize_keras_object(repair(config))
    assert json.dumps(config) == before
    assert model.output_shape == (None, 6, 2)
    assert model.layers[0].activation is keras.activations.silu


def _class(config, name):
    config["config"]["layers"][-1]["class_name"] = name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda config: _class(config, "MyDense"), ("MyDense", "dense_of_mine")),
        (lambda config: _class(config, "LocallyConnected1D"), ("LocallyConnected1D", "Conv1D")),
        (lambda config: config.update(class_name="MyModel"), ("MyModel", "class")),
        (edit("Dense", activation="my_own"), ("dense_of_mine", "my_own")),
        (edit("Dense", strange=3), ("dense_of_mine", "strange")),
        (edit("Dense", dtype="float3"), ("dense_of_mine", "float3")),
        (edit("LSTM", time_major=True), ("lstm_of_mine", "time_major")),
        (edit("LSTM", activation="hard_sigmoid"), ("lstm_of_mine", "hard_sigmoid")),
        (edit("LSTM", units="five"), ("cannot build",)),
        (edit("LSTM", units=6), ("kernel", "lstm_of_mine", "[3, 20]", "[3, 24]")),
        (edit("Dense", units=10**9), ("more weights than the file holds",)),
        (edit("Dense", use_bias=False), ("dense_of_mine", "2 weights", "needs 1")),
        (edit("BatchNormalization", axis=[1, 2]), ("norm_of_mine", "[1, 2]")),
        (edit("InputLayer", ragged=True), ("ragged",)),
        (edit("InputLayer", batch_input_shape=["a"]), ("shape",)),
        (lambda config: config["config"].update(layers=[]), ("no list of layers",)),
        (lambda config: config["config"].update(layers=3), ("no list of layers",)),
        (lambda config: config["config"]["layers"].append(None), ("damaged",)),
        (lambda config: config["config"]["layers"].pop(), ("weights for 3 layers", "2 with weights")),
    ],
    ids=range(19),
)
def test_what_cannot_be_the_same_is_refused_in_one_sentence(change, words, tmp_path):
    layers = [
        L.LSTM(5, return_sequences=True, name="lstm_of_mine"),
        L.BatchNormalization(name="norm_of_mine"),
        L.Dense(2, name="dense_of_mine"),
    ]
    assert_refused(saved(row(*layers), tmp_path, change), *words)


@pytest.mark.parametrize(
    ("function", "word"),
    [
        (lambda tf, x: tf.linalg.inv(tf.matmul(x, x, transpose_a=True)), "tf.linalg.matmul"),
        (lambda tf, x: tf.cumsum(x), "tf.math.cumsum"),
        (lambda tf, x: tf.squeeze(tf.reduce_mean(x, 1, keepdims=True)), "squeeze"),
        (lambda tf, x: tf.nn.gelu(x, approximate=True), "gelu"),
    ],
    ids=["transposed", "unknown", "all axes", "approximate"],
)
def test_a_function_of_tensorflow_without_an_equal_is_named(function, word, tmp_path):
    import tensorflow as tf

    start = tf_keras.Input((6, 3))
    path = saved(tf_keras.Model(start, function(tf, start)), tmp_path)
    assert_refused(path, word.split(".")[-1], "layer")


def test_functions_of_tensorflow_compute_the_same(tmp_path):
    import tensorflow as tf

    start = tf_keras.Input((6, 3))
    x = tf.maximum(start, -0.5) ** 2.0 + [0.1, 0.2, 0.3]
    y = tf.math.rsqrt(tf.abs(x) + 1.0) / (2.0 + tf.nn.leaky_relu(start, 0.1) ** 2)
    z = tf.stack([tf.reduce_max(x, 1), tf.reduce_sum(y, axis=1), 3.0 - tf.reduce_min(y, [1])], axis=2)
    z = tf.matmul(z, tf.transpose(z, [0, 2, 1])) + tf.clip_by_value(start[:, 1:4], -0.3, 0.4)[:, ::-1]
    z = tf.nn.softmax(z, axis=1) * tf.tile(tf.expand_dims(z[..., 0], -1), [1, 1, 3]) - tf.minimum(z, 1.0)
    z = tf.add_n([z, tf.cast(z, tf.float32), tf.identity(z)])
    old = tf_keras.Model(start, 1.0 / (4.0 + tf.square(z)))
    path = saved(old, tmp_path)
    np.testing.assert_allclose(said(load_h5(path)), old(INPUTS).numpy(), atol=1e-5)


def test_files_that_are_no_models_of_keras_2(tmp_path):
    model = row(L.Dense(2))
    weights = tmp_path / "weights.h5"
    model.save_weights(os.fspath(weights))
    assert_refused(weights, "weights.h5", "without their model")
    cut = tmp_path / "cut.h5"
    cut.write_bytes(saved(model, tmp_path).read_bytes()[:2000])
    assert_refused(cut, "cut.h5", "damaged")
    for attribute, value, word in [("keras_version", "1.2.2", "Keras 1"), ("model_config", "{", "JSON")]:
        path = saved(model, tmp_path)
        with h5py.File(path, "r+") as file:
            file.attrs[attribute] = value
        assert_refused(path, word)
