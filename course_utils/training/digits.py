"""The digit recognisers: their pictures and their layers."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from course_utils import data
from course_utils.data import Examples, Splits

SIDE = 28


def pictures() -> Splits:
    """The digits as pictures of shape (28, 28, 1), from 0 (black) to 1.

    The bundled ones, of 8 × 8, are enlarged to 20 × 20 and framed, as MNIST's were.
    """
    splits = data.digits()
    parts = (splits.train, splits.validation, splits.test)
    return Splits(
        *(Examples(framed(part.images)[..., None], part.labels) for part in parts),
        classes=splits.classes,
        source=splits.source,
    )


def framed(images: np.ndarray) -> np.ndarray:
    """Pictures of any size as (n, 28, 28): those of another size enlarged to 20 × 20 inside a black frame."""
    if images.shape[1:] == (SIDE, SIDE):
        return images
    import tensorflow as tf

    enlarged = tf.image.resize(images[..., None], (20, 20)).numpy()[..., 0]
    return np.pad(enlarged, [(0, 0), (4, 4), (4, 4)])


def cnn() -> keras.Model:
    """A convolutional network of 32,890 parameters and 1.7 million multiply-adds a picture."""
    image = keras.Input((SIDE, SIDE, 1), name="image")
    x = _convolution(image, 16, 5, "valid", 1)
    x = layers.MaxPooling2D(name="pool_1")(x)
    x = _convolution(x, 32, 3, "valid", 2)
    x = _convolution(x, 32, 3, "same", 3)
    x = layers.MaxPooling2D(name="pool_2")(x)
    x = _convolution(x, 48, 3, "valid", 4)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.2, name="dropout")(x)
    return keras.Model(image, layers.Dense(10, activation="softmax", name="digit")(x), name="digits_cnn")


def _convolution(
    x: keras.KerasTensor, filters: int, size: int, padding: str, number: int
) -> keras.KerasTensor:
    # The normalisation that follows has a bias of its own.
    x = layers.Conv2D(filters, size, padding=padding, use_bias=False, name=f"convolution_{number}")(x)
    x = layers.BatchNormalization(name=f"normalisation_{number}")(x)
    return layers.Activation("relu", name=f"relu_{number}")(x)


def mlp() -> keras.Model:
    """Dense layers only: 113,834 parameters."""
    image = keras.Input((SIDE, SIDE, 1), name="image")
    x = layers.Flatten(name="flatten")(image)
    for number, units in enumerate((128, 96), start=1):
        x = layers.Dense(units, activation="relu", name=f"dense_{number}")(x)
        x = layers.Dropout(0.1, name=f"dropout_{number}")(x)
    return keras.Model(image, layers.Dense(10, activation="softmax", name="digit")(x), name="digits_mlp")
