"""Models for LiteRT and ONNX, and what their runtimes make of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import keras
import numpy as np
from keras import layers

from course_utils.conversion.graph.freezing import freeze
from course_utils.conversion.proof.local import run
from course_utils.conversion.proof.runtimes import Job
from course_utils.data.handwriting import _bundled
from course_utils.data.splits import Splits

STEPS = 9
FEATURES = 4


def _sequence(*stack: keras.Layer, steps: int | None = None) -> keras.Model:
    return keras.Sequential([layers.Input((steps, FEATURES), name="steps"), *stack])


#: name → model of a sequence, whose length is open unless said otherwise
RECURRENT: dict[str, Callable[[], keras.Model]] = {
    "LSTM": lambda: _sequence(layers.LSTM(3)),
    "LSTM, fixed length": lambda: _sequence(layers.LSTM(3, return_sequences=True), steps=STEPS),
    "GRU, backwards": lambda: _sequence(layers.GRU(3, return_sequences=True, go_backwards=True)),
    "GRU, reset before": lambda: _sequence(layers.GRU(3, reset_after=False)),
    "SimpleRNN": lambda: _sequence(layers.SimpleRNN(3, activation="relu", return_sequences=True)),
    "both directions": lambda: _sequence(layers.Bidirectional(layers.LSTM(3, return_sequences=True))),
    "masked": lambda: _sequence(layers.Masking(), layers.LSTM(3, return_sequences=True)),
    "stacked, then a convolution": lambda: _sequence(
        layers.GRU(5, return_sequences=True), layers.LSTM(4, return_sequences=True), layers.Conv1D(2, 3)
    ),
}


def two_and_three() -> keras.Model:
    """Two inputs, one of integers, and three outputs, none in the alphabet's order."""
    vector = layers.Input((5,), name="zeta")
    words = layers.Input((6,), dtype="int32", name="alpha")
    embedded = layers.Embedding(9, 3, name="words", mask_zero=True)(words)
    return keras.Model(
        [vector, words],
        [
            layers.Dense(2, name="zz")(vector),
            layers.GRU(3, name="memory")(embedded),
            layers.Dense(4, activation="softmax", name="aa")(vector),
        ],
    )


def two_and_three_inputs(count: int) -> list[np.ndarray]:
    random = np.random.default_rng(3)
    words = random.integers(1, 9, (count, 6))
    words[:, 4:] = 0
    return [random.normal(size=(count, 5)).astype(np.float32), words.astype(np.int32)]


def scattered(model: keras.Model) -> keras.Model:
    """`model` with weights that let every one of them matter."""
    random = np.random.default_rng(0)
    for weight in model.weights:
        positive = weight.path.endswith("variance")
        weight.assign(
            random.uniform(0.5, 1.5, weight.shape) if positive else random.normal(0, 0.5, weight.shape)
        )
    return model


def outputs(
    to: str, folder: Path, inputs: Sequence[np.ndarray], model: keras.Model | None = None
) -> list[np.ndarray]:
    """What the runtime of the format `to` makes of the inputs."""
    names = [port.name for port in freeze(model).outputs] if model else ()
    result = run(Job(to, folder, inputs, output_names=names))
    assert result.error is None, result.error
    return list(result.outputs)


def assert_same(
    to: str, folder: Path, model: keras.Model, inputs: Sequence[np.ndarray], rows: Sequence[int] = (1, 3)
) -> None:
    """The file computes what the model does, for batches of one row and of more, within the project's bound."""
    whole = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    expected = whole if isinstance(whole, list) else [whole]
    assert all(np.ptp(values) > 0.01 for values in expected)
    for count in rows:
        got = outputs(to, folder, [values[:count] for values in inputs], model)
        assert len(got) == len(expected)
        for ours, theirs in zip(got, expected, strict=True):
            assert ours.shape == theirs[:count].shape
            assert np.abs(ours - theirs[:count]).max() <= 1e-5 * max(1, np.abs(theirs).max())


@cache
def digits() -> tuple[keras.Model, Splits]:
    """A small network, trained for seconds, and the data it was trained on."""
    keras.utils.set_random_seed(1)
    data = _bundled()
    model = keras.Sequential(
        [
            layers.Input(data.train.images.shape[1:]),
            layers.Reshape((8, 8, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.Conv2D(24, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(48, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(data.train.images, data.train.labels, epochs=12, batch_size=32, verbose=0)
    return model, data
