"""Whole architectures for the conformance table, small enough to try and with outputs that vary with the inputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import keras
import numpy as np
from keras import layers

from course_utils.bench.conformance.case import Case
from course_utils.bench.conformance.randomise import LOGIT_SPREAD, leaves, randomise, widen_outputs

PIXELS = 96
CLASSES = 10
CALIBRATION = 24  # examples from which the normalisations' statistics are taken

Inputs = Callable[[int, int], list[np.ndarray]]


def pictures(
    count: int, seed: int, *, pixels: int = PIXELS, top: float = 1.0, channels: int = 3
) -> np.ndarray:
    """Pictures that differ as photographs do: in brightness, in colours, in coarse shapes and in fine ones.

    Pixels that are all drawn alone would look the same to a network that averages over the picture.

    Args:
        count: how many.
        seed: of the draw.
        pixels: the length of a side.
        top: the largest value; the smallest is 0 where `top` is 255, else -`top`.
        channels: colours of a pixel.

    Returns:
        Numbers of shape (count, pixels, pixels, channels), float32.
    """
    random = np.random.default_rng([seed, pixels, channels])
    picture = np.zeros((count, pixels, pixels, channels))
    for cells in (1, 2, 4, 8, 16, pixels):
        grid = random.normal(0, 1, (count, cells, cells, channels))
        of_cell = np.arange(pixels) * cells // pixels
        strength = random.uniform(0.2, 1, (count, 1, 1, 1))
        picture += strength * grid[:, of_cell][:, :, of_cell]
    picture = np.tanh(picture / 1.5)
    scaled = (picture + 1) / 2 * top if top == 255 else picture * top
    return scaled.astype(np.float32)


def _of_applications(name: str, top: float, spread: float = LOGIT_SPREAD) -> Case:
    """An architecture of keras.applications, `PIXELS` wide, with `CLASSES` classes."""

    def inputs(count: int, seed: int) -> list[np.ndarray]:
        return [pictures(count, seed, top=top)]

    def build() -> keras.Model:
        make = getattr(keras.applications, name)
        model = make(weights=None, input_shape=(PIXELS, PIXELS, 3), classes=CLASSES)
        return randomise(model, inputs(CALIBRATION, 1), spread=spread)

    return Case(name, "Architectures", build, inputs)


def _sequence_to_sequence() -> keras.Model:
    """Reads a sequence into a state, and begins from it to write another."""
    source = layers.Input((12, 8), name="source")
    target = layers.Input((10, 6), name="target")
    _, *state = layers.LSTM(24, return_state=True, name="encoder")(source)
    written = layers.LSTM(24, return_sequences=True, name="decoder")(target, initial_state=state)
    said = layers.Dense(CLASSES, activation="softmax", name="symbols")(written)
    return randomise(
        keras.Model([source, target], said, name="sequence_to_sequence"), _sequences(CALIBRATION, 1)
    )


def _sequences(count: int, seed: int) -> list[np.ndarray]:
    random = np.random.default_rng([seed, 12])
    return [random.normal(0, 1, (count, *shape)).astype(np.float32) for shape in ((12, 8), (10, 6))]


ALPHABET = 30


def _characters_model() -> keras.Model:
    """Reads twenty characters and says what the next one may be."""
    model = keras.Sequential(
        [
            layers.Input((20,), name="text"),
            layers.Embedding(ALPHABET, 16),
            layers.LSTM(32, return_sequences=True),
            layers.LSTM(32),
            layers.Dense(ALPHABET, activation="softmax"),
        ],
        name="char_lstm",
    )
    return randomise(model, _characters(CALIBRATION, 1))


def _characters(count: int, seed: int) -> list[np.ndarray]:
    random = np.random.default_rng([seed, 20])
    return [random.integers(0, ALPHABET, (count, 20)).astype(np.float32)]


def _u_net() -> keras.Model:
    """Says of every pixel what it belongs to: three steps down, three up, with the way across."""
    picture = layers.Input((PIXELS, PIXELS, 3), name="picture")
    across, x = [], picture
    for width in (8, 16, 32):
        x = _double_convolution(x, width)
        across.append(x)
        x = layers.MaxPooling2D()(x)
    x = _double_convolution(x, 48)
    for width, skipped in zip((32, 16, 8), reversed(across), strict=True):
        x = layers.Conv2DTranspose(width, 2, strides=2, padding="same")(x)
        x = _double_convolution(layers.Concatenate()([skipped, x]), width)
    mask = layers.Conv2D(3, 1, activation="softmax", name="mask")(x)
    return randomise(keras.Model(picture, mask, name="u_net"), [pictures(CALIBRATION, 1)])


def _double_convolution(x: keras.KerasTensor, width: int) -> keras.KerasTensor:
    for _ in range(2):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    return x


def _siamese_pair() -> keras.Model:
    """Says whether two pictures show the same: one network looks at both."""
    eye = keras.Sequential(
        [
            layers.Input((48, 48, 1)),
            layers.Conv2D(12, 5, strides=2, activation="relu"),
            layers.BatchNormalization(),
            layers.Conv2D(24, 3, strides=2, activation="relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(16, activation="tanh"),
        ],
        name="eye",
    )
    # The eye first, alone: two vectors have a cosine that varies only where they point in all directions.
    randomise(eye, _pairs(CALIBRATION, 1)[:1])
    left, right = layers.Input((48, 48, 1), name="left"), layers.Input((48, 48, 1), name="right")
    alike = layers.Dot(axes=-1, normalize=True, name="cosine")([eye(left), eye(right)])
    same = layers.Dense(1, activation="sigmoid", kernel_initializer="ones", name="same")(alike)
    model = keras.Model([left, right], same, name="siamese_pair")
    widen_outputs(model, _pairs(CALIBRATION, 1), np.random.default_rng(0))
    return model


def _pairs(count: int, seed: int) -> list[np.ndarray]:
    return [pictures(count, seed + shift, pixels=48, channels=1) for shift in (0, 1000)]


ARCHITECTURES: tuple[Case, ...] = (
    _of_applications("MobileNet", 1.0),
    _of_applications("MobileNetV2", 1.0),
    _of_applications("MobileNetV3Small", 255),
    _of_applications("EfficientNetB0", 255),
    _of_applications("ResNet50", 1.0),
    _of_applications("DenseNet121", 1.0),
    # Without a normalisation the rounding of its large sums is magnified, in all runtimes alike.
    _of_applications("VGG16", 1.0, spread=0.4),
    _of_applications("NASNetMobile", 1.0),
    _of_applications("Xception", 1.0),
    Case("LSTM sequence to sequence", "Architectures", _sequence_to_sequence, _sequences),
    Case("char LSTM", "Architectures", _characters_model, _characters),
    Case("U-Net", "Architectures", _u_net, lambda count, seed: [pictures(count, seed)]),
    Case("siamese pair", "Architectures", _siamese_pair, _pairs),
)


def with_one_kernel_transposed(model: keras.Model, *, deep: bool) -> tuple[keras.Model, str]:
    """A copy of `model` with the mistake of a converter that reads one kernel row by column.

    Args:
        model: any model with a convolution or a recurrent layer.
        deep: spoil the last such kernel before the output, not the first.

    Returns:
        The copy, and the path of the variable in it that is spoilt.
    """
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    found = [found for layer in leaves(copy) for found in _transposable(layer)]
    spatial = [(variable, spoil) for variable, spoil in found if len(variable.shape) >= 4]
    variable, spoil = (spatial or found)[-1 if deep else 0]
    variable.assign(spoil(variable.numpy()))
    return copy, variable.path


def _transposable(layer: keras.Layer) -> list[tuple[keras.Variable, Callable[[np.ndarray], np.ndarray]]]:
    """The kernels of a layer that keep their shape when they are transposed, with what transposes them."""
    found = []
    for variable in layer.weights:
        shape = variable.shape
        if len(shape) == 4 and shape[0] == shape[1] > 1:
            found.append((variable, partial(np.swapaxes, axis1=0, axis2=1)))
        elif len(shape) == 2 and variable.path.endswith("recurrent_kernel"):
            found.append((variable, _gates_transposed))
        elif len(shape) == 2 and shape[0] == shape[1]:
            found.append((variable, np.transpose))
    return found


def _gates_transposed(kernel: np.ndarray) -> np.ndarray:
    """Each gate's square of a recurrent kernel, transposed."""
    units = kernel.shape[0]
    return np.concatenate([gate.T for gate in np.split(kernel, kernel.shape[1] // units, axis=1)], axis=1)
