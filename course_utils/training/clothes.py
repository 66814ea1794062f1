"""The recogniser of clothes: Fashion-MNIST's pictures and its layers."""

from __future__ import annotations

import keras
from keras import layers

from course_utils import data
from course_utils.data import Examples, Splits
from course_utils.training.augmentation import Warp
from course_utils.training.digits import convolution
from course_utils.training.pictures import PictureRecipe, Stage


def pictures() -> Splits:
    """The clothes as pictures of shape (28, 28, 1), from 0 (black) to 1."""
    splits = data.fashion()
    parts = (splits.train, splits.validation, splits.test)
    return Splits(
        *(Examples(part.images[..., None], part.labels) for part in parts),
        classes=splits.classes,
        source=splits.source,
    )


def cnn() -> keras.Model:
    """A convolutional network of 116,626 parameters and 7 million multiply-adds a picture."""
    image = keras.Input((28, 28, 1), name="image")
    x = convolution(image, 24, 3, "same", 1)
    x = layers.MaxPooling2D(name="pool_1")(x)
    x = convolution(x, 48, 3, "same", 2)
    x = convolution(x, 48, 3, "same", 3)
    x = layers.MaxPooling2D(name="pool_2")(x)
    x = convolution(x, 72, 3, "same", 4)
    x = layers.MaxPooling2D(name="pool_3")(x)
    x = convolution(x, 72, 3, "same", 5)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.4, name="dropout")(x)
    return keras.Model(image, layers.Dense(10, activation="softmax", name="garment")(x), name="fashion_cnn")


RECIPES = (
    PictureRecipe(
        name="fashion-cnn",
        title="Clothes, a convolutional network",
        build=cnn,
        data=pictures,
        real_source="Fashion-MNIST",
        licence="Fashion-MNIST: Zalando SE; MIT",
        bundled_licence="Clothes drawn by the course itself, under its own licence",
        bar=0.925,
        stages=(Stage(30, 4e-3, Warp(pixels=1.5, zoom=0.06, degrees=3.0, flip=True)),),
        weight_decay=0.03,
        averaging=0.998,
        limits=(
            "It knows ten kinds of clothes and nothing else: shown a hat, it still names one of the ten.",
            "It expects one garment, light on black, upright and filling 28 × 28 pixels, as the shop's photographs "
            "were prepared; a photograph from a telephone must be brought into that form first.",
            "Shirts, T-shirts, pullovers and coats look alike at this size: most of its mistakes are among these.",
        ),
    ),
)
