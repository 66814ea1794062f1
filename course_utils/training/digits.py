"""The digit recognisers: their pictures and their layers."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from course_utils import data
from course_utils.data import Examples, Splits
from course_utils.training.augmentation import Warp
from course_utils.training.pictures import PictureRecipe, Stage

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
    """A convolutional network of 30,602 parameters and 2.1 million multiply-adds a picture."""
    image = keras.Input((SIDE, SIDE, 1), name="image")
    x = convolution(image, 16, 5, "valid", 1)
    x = layers.MaxPooling2D(name="pool_1")(x)
    x = convolution(x, 24, 3, "same", 2)
    x = convolution(x, 24, 3, "same", 3)
    x = layers.MaxPooling2D(name="pool_2")(x)
    x = convolution(x, 36, 3, "same", 4)
    x = convolution(x, 32, 3, "same", 5)
    x = layers.MaxPooling2D(name="pool_3")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.2, name="dropout")(x)
    return keras.Model(image, layers.Dense(10, activation="softmax", name="digit")(x), name="digits_cnn")


def convolution(
    x: keras.KerasTensor, filters: int, size: int, padding: str, number: int
) -> keras.KerasTensor:
    """A convolution, normalised, and its ReLU; their layers are numbered `number`."""
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


_DIGITS = {
    "data": pictures,
    "real_source": "MNIST",
    "licence": "MNIST: Yann LeCun, Corinna Cortes and Christopher Burges, from data of NIST; CC BY-SA 3.0",
    "bundled_licence": "Optical Recognition of Handwritten Digits: Ethem Alpaydin and Cenk Kaynak; CC BY 4.0",
    "limits": (
        "It knows the digits 0 to 9 and nothing else: shown a letter or a blank page, it still names a digit, "
        "often with a high probability.",
        "It expects a white digit on black, 20 pixels high and centred by its mass in 28 × 28, as MNIST has them; "
        "a drawing must be brought into that form first.",
        "MNIST was written in the USA around 1990. Other ways of writing a 1, a 7 or a 9 are recognised less well, "
        "and nobody has measured by how much.",
    ),
}

RECIPES = (
    PictureRecipe(
        name="digits-cnn",
        title="Handwritten digits, a small convolutional network",
        build=cnn,
        bar=0.996,
        # Each stage shows some pictures as they are: bent ones are a little blurred, and those to come are not.
        stages=(
            Stage(64, 6e-3, Warp(degrees=12.0, pixels=1.5, zoom=0.13, shear=0.13, elastic=0.8, share=0.8)),
            Stage(12, 1.5e-3, Warp(degrees=10.0, pixels=1.0, zoom=0.1, shear=0.1, elastic=0.7, share=0.6)),
        ),
        weight_decay=1e-2,
        **_DIGITS,
    ),
    PictureRecipe(
        name="digits-mlp",
        title="Handwritten digits, dense layers only",
        build=mlp,
        bar=0.985,
        stages=(Stage(60, 4e-3, Warp(degrees=6.0, pixels=1.0, zoom=0.06, shear=0.06, elastic=0.5)),),
        **_DIGITS,
    ),
)
