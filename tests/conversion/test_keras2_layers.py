"""Each layer that tf.keras saves and Keras 3 has, saved by genuine Keras 2 (tf-keras): the same numbers after it."""

from __future__ import annotations

import os

import keras
import numpy as np
import pytest
import tf_keras

from course_utils.conversion.keras2 import load_h5

L = tf_keras.layers
I = (8, 7, 3)  # noqa: E741
S = (6, 4)
V = (5, 4, 6, 2)
F = (5,)

# The layers, or a row of them, and the shape of their input; "int" where that are whole numbers.
CASES = {
    "AlphaDropout": (lambda: L.AlphaDropout(0.2), F),
    "ActivityRegularization": (lambda: L.ActivityRegularization(0.1), F),
    "AveragePooling1D": (lambda: L.AveragePooling1D(2, padding="same"), S),
    "AveragePooling2D": (lambda: L.AveragePooling2D((3, 2), strides=(2, 1), padding="same"), I),
    "AveragePooling3D": (lambda: L.AveragePooling3D(2), V),
    "bn axis1": (lambda: L.BatchNormalization(axis=1, center=False), I),
    "bn noscale": (lambda: L.BatchNormalization(scale=False, epsilon=0.1), I),
    "CategoryEncoding": (lambda: L.CategoryEncoding(4, "multi_hot"), "int"),
    "CenterCrop": (lambda: L.CenterCrop(4, 3), I),
    "Conv1D": (lambda: L.Conv1D(4, 3, padding="causal", activation="swish", dilation_rate=2), S),
    "Conv1DTranspose": (lambda: L.Conv1DTranspose(3, 3, strides=2, padding="same", output_padding=1), S),
    "Conv2D groups": (lambda: L.Conv2D(6, 3, groups=3, strides=2, padding="same"), I),
    "Conv2DTranspose": (lambda: L.Conv2DTranspose(3, 3, strides=2, padding="same", output_padding=1), I),
    "Conv3D": (lambda: L.Conv3D(3, 2, strides=2, activation="hard_sigmoid"), V),
    "Conv3DTranspose": (lambda: L.Conv3DTranspose(3, 2, strides=2), V),
    "ConvLSTM1D": (lambda: L.ConvLSTM1D(2, 2, return_sequences=True), (3, 5, 2)),
    "ConvLSTM2D": (
        lambda: L.ConvLSTM2D(2, 2, recurrent_activation="sigmoid", unit_forget_bias=False),
        (3, 5, 5, 2),
    ),
    "ConvLSTM3D": (lambda: L.ConvLSTM3D(2, 2), (3, 4, 4, 4, 1)),
    "Cropping1D": (lambda: L.Cropping1D((1, 2)), S),
    "Cropping3D": (lambda: L.Cropping3D(((1, 0), (0, 1), (2, 1))), V),
    "d gelu": (lambda: L.Dense(3, activation="gelu"), F),
    "d mish": (lambda: L.Dense(3, activation="mish"), F),
    "d softmax": (lambda: L.Dense(3, activation="softmax"), S),
    "d selu": (lambda: L.Dense(3, activation="selu", kernel_regularizer="l1_l2"), F),
    "d exp": (lambda: L.Dense(3, activation="exponential"), F),
    "d softsign": (lambda: L.Dense(3, activation="softsign"), F),
    "d relu layer": (
        lambda: L.Dense(3, activation=L.ReLU(max_value=1.0, negative_slope=0.2, threshold=0.1)),
        F,
    ),
    "d elu layer": (lambda: L.Dense(3, activation=L.ELU(0.4)), F),
    "DepthwiseConv1D": (lambda: L.DepthwiseConv1D(3, depth_multiplier=2), S),
    "DepthwiseConv2D": (lambda: L.DepthwiseConv2D(3, dilation_rate=2, use_bias=False), I),
    "Discretization": (lambda: L.Discretization(bin_boundaries=[-1.0, 0.0, 0.5]), F),
    "EinsumDense": (
        lambda: L.EinsumDense(
            "abc,cd->abd", output_shape=(None, 5), bias_axes="d", activation="hard_sigmoid"
        ),
        S,
    ),
    "Flatten": (lambda: L.Flatten(data_format="channels_first"), I),
    "GaussianDropout": (lambda: L.GaussianDropout(0.2), F),
    "gap": (lambda: L.GlobalAveragePooling2D(keepdims=True), I),
    "gap1cf": (lambda: L.GlobalAveragePooling1D(data_format="channels_first"), S),
    "gmp3": (lambda: L.GlobalMaxPooling3D(), V),
    "gap3": (lambda: L.GlobalAveragePooling3D(), V),
    "gn": (lambda: L.GroupNormalization(groups=2, epsilon=0.01), (6, 5, 4)),
    "id": (lambda: L.Identity() if hasattr(L, "Identity") else L.Activation("linear"), F),
    "gru": (lambda: L.GRU(3, reset_after=False, recurrent_activation="hard_sigmoid", go_backwards=True), S),
    "gru2": (
        lambda: L.GRU(3, use_bias=False, activation="hard_sigmoid", recurrent_activation="hard_sigmoid"),
        S,
    ),
    "lstm ub": (
        lambda: L.LSTM(3, use_bias=False, recurrent_activation="hard_sigmoid", implementation=1, unroll=True),
        S,
    ),
    "rnn stack": (
        lambda: L.RNN(
            [L.LSTMCell(3, recurrent_activation="hard_sigmoid"), L.GRUCell(2, reset_after=False)],
            return_sequences=True,
        ),
        S,
    ),
    "rnn": (lambda: L.RNN(L.SimpleRNNCell(3, activation="hard_sigmoid")), S),
    "bi back": (
        lambda: L.Bidirectional(
            L.LSTM(3, return_sequences=True),
            backward_layer=L.GRU(3, go_backwards=True, return_sequences=True, name="other"),
            merge_mode="mul",
        ),
        S,
    ),
    "bi ave": (lambda: L.Bidirectional(L.SimpleRNN(3), merge_mode="ave"), S),
    "ln2": (lambda: L.LayerNormalization(axis=[1, 2], epsilon=1e-2), S),
    "ln1": (lambda: L.LayerNormalization(axis=-1, center=False), I),
    "lrelu": (lambda: L.LeakyReLU(), F),
    "mask": (lambda: [L.Masking(0.5), L.LSTM(3)], S),
    "mp1": (lambda: L.MaxPooling1D(3, strides=1, padding="same"), S),
    "mp2": (lambda: L.MaxPooling2D(2, padding="same"), I),
    "mp3": (lambda: L.MaxPooling3D((1, 2, 2)), V),
    "norm": (lambda: L.Normalization(axis=-1), S),
    "norm const": (lambda: L.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 0.5]), I),
    "norm inv": (lambda: L.Normalization(mean=0.5, variance=2.0, invert=True), S),
    "prelu": (lambda: L.PReLU(), S),
    "permute": (lambda: L.Permute((3, 1, 2)), I),
    "rb": (lambda: L.RandomBrightness(0.2), I),
    "rc": (lambda: L.RandomContrast(0.2), I),
    "rf": (lambda: L.RandomFlip(), I),
    "rr": (lambda: L.RandomRotation(0.2), I),
    "rt": (lambda: L.RandomTranslation(0.2, 0.2), I),
    "rz": (lambda: L.RandomZoom(0.2), I),
    "relu": (lambda: L.ReLU(max_value=0.8, negative_slope=0.1, threshold=0.2), F),
    "resc": (lambda: L.Rescaling([0.1, 0.2, 0.3], offset=[1.0, 2.0, 3.0]), I),
    "rs": (lambda: L.Resizing(5, 11), I),
    "rs n": (lambda: L.Resizing(5, 4, interpolation="nearest"), I),
    "rs crop": (lambda: L.Resizing(5, 5, crop_to_aspect_ratio=True), I),
    "rs bic": (lambda: L.Resizing(5, 11, interpolation="bicubic"), I),
    "rs area": (lambda: L.Resizing(4, 7, interpolation="area"), I),
    "sc1": (
        lambda: L.SeparableConv1D(4, 3, padding="same", depth_multiplier=2, activation="hard_sigmoid"),
        S,
    ),
    "sc2": (lambda: L.SeparableConv2D(4, 3, strides=2, activity_regularizer="l2"), I),
    "softmax": (lambda: L.Softmax(axis=1), S),
    "softmax2": (lambda: L.Softmax(axis=[1, 2]), S),
    "sd1": (lambda: L.SpatialDropout1D(0.2), S),
    "sd3": (lambda: L.SpatialDropout3D(0.2), V),
    "td bn": (lambda: L.TimeDistributed(L.BatchNormalization()), I),
    "td hs": (lambda: L.TimeDistributed(L.Activation("hard_sigmoid")), S),
    "td conv": (lambda: L.TimeDistributed(L.Conv1D(2, 2, activation="hard_sigmoid")), I),
    "td model": (
        lambda: L.TimeDistributed(
            tf_keras.Sequential(
                [L.Dense(3, input_shape=(4,)), L.Activation("hard_sigmoid"), L.BatchNormalization()]
            )
        ),
        S,
    ),
    "unit": (lambda: L.UnitNormalization(axis=-1), S),
    "us1": (lambda: L.UpSampling1D(3), S),
    "us2": (lambda: L.UpSampling2D((2, 3), interpolation="bilinear"), I),
    "us2c": (lambda: L.UpSampling2D((2, 3), interpolation="bicubic"), I),
    "us3": (lambda: L.UpSampling3D((1, 2, 2)), V),
    "zp1": (lambda: L.ZeroPadding1D((1, 2)), S),
    "zp3": (lambda: L.ZeroPadding3D(((1, 0), (0, 1), (2, 1))), V),
    "thr": (lambda: L.ThresholdedReLU(0.3), F),
    "sync": (lambda: L.BatchNormalization(synchronized=True), F),
    "reshape": (lambda: L.Reshape((-1, 2)), S),
    "rv": (lambda: L.RepeatVector(3), F),
    "emb": (lambda: [L.Embedding(9, 3, input_length=5, mask_zero=True), L.SimpleRNN(3)], "int"),
    "gap1 masked": (lambda: [L.Embedding(9, 3, mask_zero=True), L.GlobalAveragePooling1D()], "int"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_layer_of_keras_2_computes_the_same(name, tmp_path):
    make, shape = CASES[name]
    random = np.random.default_rng(0)
    whole = shape == "int"
    rows = make()
    rows = rows if isinstance(rows, list) else [rows]
    start = tf_keras.Input((5,) if whole else shape, dtype="int32" if whole else "float32")
    old = tf_keras.Sequential([start, *rows])
    for weight in old.weights:
        if weight.dtype.is_floating:
            spread = random.uniform(0.3, 1.5, weight.shape)
            weight.assign(spread if "variance" in weight.name else random.normal(0, 0.7, weight.shape))
    for layer in old.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
    inputs = random.integers(0, 4, (3, 5)) if whole else random.normal(size=(3, *shape)).astype("float32")
    expected = np.asarray(old(inputs, training=False), "float32")
    file = os.fspath(tmp_path / "old.h5")
    old.save(file)
    got = keras.ops.convert_to_numpy(load_h5(file)(inputs, training=False))
    assert got.shape == expected.shape
    assert np.abs(got - expected).max() <= 1e-5 * max(1.0, np.abs(expected).max())
