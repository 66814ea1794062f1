"""Models of many shapes compute in the real TensorFlow.js what they do in Keras: sizes, masks, nesting, sharing."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from course_utils.bench.conformance.building import draw
from tests.conversion.layer_models import Tried, try_all

RANDOM = np.random.default_rng(0)
FIRST = "channels_first"
WORDS = RANDOM.integers(1, 9, (4, 6))
# Padding at the end, at the beginning and in the middle.
WORDS[0, 3:], WORDS[1, :2], WORDS[2, 2] = 0, 0, 0
MARKED = RANDOM.normal(size=(4, 6, 3)).astype(np.float32)
# Steps that are masked, one that is so but for one number, and one that hardly differs.
MARKED[0, 3:], MARKED[1, 1], MARKED[2, 2, 1], MARKED[3, 4] = (
    -7,
    -7,
    -7,
    np.nextafter(np.float32(-7), np.float32(0)),
)

Case = tuple[Callable[[], Model], tuple[np.ndarray, ...]]
CASES: dict[str, Case] = {}


def numbers(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=(4, *shape)).astype(np.float32)


def stack(name: str, given: np.ndarray, make: Callable[[], list[keras.Layer]], **settings: object) -> None:
    """A case of layers in a row."""
    settings = {
        "shape": given.shape[1:],
        "dtype": "int32" if given.dtype.kind == "i" else "float32",
    } | settings
    CASES[name] = (lambda: Sequential([Input(**settings), *make()])), (given,)


def graph(name: str, make: Callable[..., object], *given: np.ndarray) -> None:
    """A case of a function of tensors."""

    def build() -> Model:
        ports = [Input(one.shape[1:], dtype="int32" if one.dtype.kind == "i" else "float32") for one in given]
        return Model(ports, make(*ports))

    CASES[name] = build, given


def embedded(x: object, features: int = 4) -> object:
    return layers.Embedding(9, features, mask_zero=True)(x)


for times in (2, 3, 5, 7):
    for side in (1, 6, 11, 49):
        stack(
            f"{side} pixels {times} times", numbers(side, side, 1), lambda t=times: [layers.UpSampling2D(t)]
        )
stack(
    "bilinear, any size",
    numbers(6, 5, 3),
    lambda: [layers.UpSampling2D((7, 5), interpolation="bilinear")],
    shape=(None, None, 3),
)
stack("bilinear, one way", numbers(5, 4, 3), lambda: [layers.UpSampling2D((1, 2), interpolation="bilinear")])
stack("resizing many rows", numbers(40, 50, 3), lambda: [layers.Resizing(64, 64)])
stack("resizing, channels first", numbers(2, 7, 5), lambda: [layers.Resizing(4, 9, data_format=FIRST)])
stack(
    "pictures of any size",
    numbers(9, 8, 3),
    lambda: [
        layers.Conv2D(4, 3, padding="same"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(),
        layers.GlobalMaxPooling2D(keepdims=True),
        layers.Flatten(),
        layers.Dense(2),
    ],
    shape=(None, None, 3),
)
stack(
    "sequences of any length",
    numbers(9, 3),
    lambda: [
        layers.Conv1D(4, 3, padding="causal"),
        layers.ZeroPadding1D(2),
        layers.UpSampling1D(2),
        layers.DepthwiseConv1D(3),
        layers.Conv1DTranspose(3, 2, 2),
        layers.SeparableConv1D(2, 3),
        layers.LSTM(3),
    ],
    shape=(None, 3),
)
stack("volumes, channels first", numbers(2, 3, 4, 2), lambda: [layers.UpSampling3D(2, data_format=FIRST)])
stack(
    "volumes padded, channels first",
    numbers(2, 3, 4, 2),
    lambda: [layers.ZeroPadding3D(1, data_format=FIRST)],
)
stack(
    "volumes pooled unevenly",
    numbers(5, 6, 4, 2),
    lambda: [layers.MaxPooling3D((3, 2, 2), (2, 1, 2), "same")],
)
stack(
    "volumes transposed unevenly",
    numbers(3, 4, 5, 2),
    lambda: [layers.Conv3DTranspose(3, (2, 3, 4), (2, 1, 3), "same")],
)
stack("volumes in groups", numbers(3, 4, 5, 4), lambda: [layers.Conv3D(4, 2, groups=2)])
stack(
    "transposed unevenly, softmax",
    numbers(5, 6, 2),
    lambda: [layers.Conv2DTranspose(3, (2, 4), (3, 2), activation="softmax")],
)
stack(
    "transposed, same, dilated",
    numbers(5, 6, 2),
    lambda: [layers.Conv2DTranspose(3, 3, padding="same", dilation_rate=2)],
)
stack("layers normalised along the steps", numbers(5, 4), lambda: [layers.LayerNormalization(axis=1)])
stack("layers normalised, axes swapped", numbers(5, 4, 3), lambda: [layers.LayerNormalization(axis=[2, 1])])
stack("batches normalised along the steps", numbers(5, 4), lambda: [layers.BatchNormalization(axis=1)])
stack("groups normalised, channels first", numbers(4, 5, 3), lambda: [layers.GroupNormalization(2, axis=1)])
stack("rescaling each number", numbers(3, 4, 5), lambda: [layers.Rescaling(np.arange(60.0).reshape(3, 4, 5))])
stack(
    "normalising each number",
    numbers(3, 4),
    lambda: [layers.Normalization((1, 2), np.arange(12.0).reshape(3, 4), 1 + np.arange(12.0).reshape(3, 4))],
)
stack("dense on five axes", numbers(2, 3, 4, 5), lambda: [layers.Dense(3, activation="tanh")])
stack("whole numbers into a Dense", RANDOM.integers(0, 9, (4, 5)), lambda: [layers.Dense(2)])
stack("an Embedding of a table", RANDOM.integers(0, 9, (4, 3, 4)), lambda: [layers.Embedding(9, 2)])
stack(
    "an Embedding of floats",
    RANDOM.integers(0, 9, (4, 3)).astype(np.float32),
    lambda: [layers.Embedding(9, 2)],
)
stack("a fixed batch", numbers(5), lambda: [layers.Dense(2)], shape=None, batch_shape=(4, 5))
stack("one unit", numbers(3, 2), lambda: [layers.LSTM(1, return_sequences=True), layers.SimpleRNN(1)])
stack(
    "convolutional LSTM, channels first",
    numbers(3, 2, 5, 4),
    lambda: [layers.ConvLSTM2D(2, 3, data_format=FIRST, return_sequences=True)],
)
stack(
    "convolutional LSTM, channels first, last",
    numbers(3, 2, 5, 4),
    lambda: [layers.ConvLSTM2D(2, 3, 2, data_format=FIRST)],
)
stack("convolutional LSTM, dilated", numbers(3, 7, 6, 2), lambda: [layers.ConvLSTM2D(2, 3, dilation_rate=2)])
graph(
    "convolutional LSTM, states",
    lambda x: list(layers.ConvLSTM2D(2, 3, padding="same", return_state=True)(x)),
    numbers(3, 5, 4, 2),
)
graph(
    "vectors too short to normalise",
    lambda a, b: layers.Dot(-1, normalize=True)([a, b]),
    numbers(4) * 1e-6,
    numbers(4),
)

# What TimeDistributed may hold.
stack(
    "each step normalised", numbers(3, 6, 5, 2), lambda: [layers.TimeDistributed(layers.BatchNormalization())]
)
stack(
    "each step normalised elsewhere",
    numbers(3, 6, 5, 2),
    lambda: [layers.TimeDistributed(layers.BatchNormalization(axis=1))],
)
stack(
    "steps of steps",
    numbers(3, 6, 5),
    lambda: [layers.TimeDistributed(layers.TimeDistributed(layers.Dense(2)))],
)
stack(
    "each step both ways",
    numbers(3, 6, 5),
    lambda: [layers.TimeDistributed(layers.Bidirectional(layers.LSTM(2)))],
)

# Masks.
stack("masked, through normalisations and a slower activation", WORDS, lambda: [
    layers.Embedding(9, 4, mask_zero=True), layers.LayerNormalization(), layers.BatchNormalization(),
    layers.Dense(3, activation="hard_silu"), layers.Rescaling(2.0), layers.SimpleRNN(3),
])  # fmt: skip
stack(
    "masked, backwards",
    WORDS,
    lambda: [
        layers.Embedding(9, 4, mask_zero=True),
        layers.LSTM(3, go_backwards=True, return_sequences=True),
    ],
)
stack(
    "masked, stacked cells",
    WORDS,
    lambda: [
        layers.Embedding(9, 4, mask_zero=True),
        layers.RNN([layers.LSTMCell(3), layers.LSTMCell(2)], return_sequences=True),
    ],
)
stack(
    "masked, mean of steps",
    WORDS,
    lambda: [
        layers.Embedding(9, 4, mask_zero=True),
        layers.LSTM(3, return_sequences=True),
        layers.GlobalAveragePooling1D(keepdims=True),
    ],
)
stack(
    "a value that masks",
    MARKED,
    lambda: [
        layers.Masking(-7.0),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        layers.GlobalAveragePooling1D(),
    ],
)
graph(
    "masked features side by side",
    lambda x: layers.LSTM(2)(layers.Concatenate()([embedded(x), embedded(x, 3)])),
    WORDS,
)
graph(
    "masked beside unmasked",
    lambda x: layers.LSTM(2)(layers.Concatenate()([embedded(x), layers.Embedding(9, 4)(x)])),
    WORDS,
)
graph(
    "masked plus unmasked",
    lambda x: layers.LSTM(2)(layers.Add()([embedded(x), layers.Embedding(9, 4)(x)])),
    WORDS,
)
graph(
    "masked states",
    lambda x: list(layers.LSTM(3, return_sequences=True, return_state=True)(embedded(x))),
    WORDS,
)


def _read_in_three_ways(x: object) -> list[object]:
    both = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(embedded(x))
    return [both, layers.GRU(3, reset_after=False)(both), layers.GlobalMaxPooling1D()(both)]


def _masked_inside(x: object) -> object:
    inner = Sequential([Input((6,), dtype="int32"), layers.Embedding(9, 4, mask_zero=True)])
    return layers.LSTM(3)(inner(x))


def _masked_through(x: object) -> object:
    inner = Sequential([Input((6, 4)), layers.Dropout(0.1), layers.LSTM(3, return_sequences=True)])
    return layers.LSTM(2)(inner(embedded(x)))


graph("masked, read in three ways", _read_in_three_ways, WORDS)
graph("a mask from inside", _masked_inside, WORDS)
graph("a mask through a model", _masked_through, WORDS)


# How models are put together.
def _nested_with_several(a: object, b: object) -> list[object]:
    x, y = Input((4,)), Input((3,))
    inner = Model([x, y], [layers.Dense(2)(x), layers.Concatenate()([x, y])])
    first = inner([a, b])
    second = inner([layers.Dense(4)(first[1]), b])
    return [first[0], second[1], second[0]]


def _three_deep(x: object) -> object:
    innermost = Sequential([Input((4,)), layers.Dense(4, name="d")], name="c")
    inner = Sequential([Input((4,)), innermost, layers.Dense(4, name="d")], name="b")
    return layers.Dense(2, name="d")(inner(inner(x)))


def _from_the_middle() -> Model:
    hidden = layers.Dense(3)(Input((4,)))
    return Model(hidden, layers.Dense(2)(hidden))


class OfMyOwn(Model):
    """A class of its own, but layers all the same."""


def _built_by_a_call() -> Model:
    model = Sequential([layers.Dense(3), layers.Dense(2)])
    model(np.zeros((1, 4), np.float32))
    return model


def _subclass() -> Model:
    given = Input((4,))
    return OfMyOwn(given, layers.Dense(3)(given))


def _shared(make: Callable[[], keras.Layer]) -> Callable[..., list[object]]:
    def calls(a: object, b: object) -> list[object]:
        layer = make()
        return [layer(a), layer(b), layers.Dense(2)(layer(a))]

    return calls


def _attention_shared(x: object) -> list[object]:
    words = layers.Embedding(9, 4)(x)
    hidden = layers.Dense(4, activation="hard_silu")
    look = layers.MultiHeadAttention(2, 3)
    return [look(words, hidden(words)), look(hidden(words), hidden(words)), look(words, words)]


def _masked_and_not(x: object) -> list[object]:
    shrunk, slow = layers.Dense(4, activation="tanh_shrink"), layers.Dense(4, activation="hard_silu")
    masked, plain = embedded(x), layers.Embedding(9, 4)(x)
    return [layers.LSTM(2)(shrunk(masked)), layers.LSTM(2)(shrunk(plain)), slow(plain), slow(masked)]


CASES["a model from the middle"] = _from_the_middle, (numbers(3),)
CASES["a class of its own"] = _subclass, (numbers(4),)
CASES["built by a call"] = _built_by_a_call, (numbers(4),)
graph("several inputs and outputs inside", _nested_with_several, numbers(4), numbers(3))
graph("three deep, the same names", _three_deep, numbers(4))
graph(
    "recurrent layers inside",
    lambda x: Sequential(
        [Input((6, 3)), layers.LSTM(4, return_sequences=True), layers.Bidirectional(layers.LSTM(3))]
    )(x),
    numbers(6, 3),
)
graph(
    "a layer of several shared",
    _shared(lambda: layers.Dense(4, activation="hard_silu")),
    numbers(4),
    numbers(4),
)
graph("a recurrent layer shared", _shared(lambda: layers.LSTM(4)), numbers(4, 3), numbers(5, 3))
graph("attention shared", _attention_shared, WORDS)
graph("a layer of several shared, masked and not", _masked_and_not, WORDS)
graph("an input that nothing reads", lambda a, b: layers.Dense(2)(a), numbers(4), numbers(3))
graph("an input that is the output", lambda a: a, numbers(4))
graph("merging one tensor", lambda a: layers.Concatenate()([a]), numbers(4))


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tried]:
    """All of them, converted and run in one Node process."""

    def models():
        for name, (build, given) in CASES.items():
            keras.utils.clear_session()
            yield name, draw(build()), list(given)

    return try_all(models(), tmp_path_factory.mktemp("models"))


@pytest.mark.parametrize("name", list(CASES))
def test_it_computes_the_same(tried: dict[str, Tried], name: str) -> None:
    assert tried[name].refusal is None
    assert tried[name].wrong == ()
