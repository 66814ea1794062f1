"""The small recogniser of rock, paper and scissors on white: its pictures and its layers."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from course_utils import data
from course_utils.conversion.formats import TFJS_LAYERS
from course_utils.data import Examples, Splits
from course_utils.data.rock_paper_scissors import CLASSES, SIDE, SOURCE, on_white
from course_utils.training.augmentation import Warp
from course_utils.training.pictures import PictureRecipe, Stage
from course_utils.training.recipes import FORMS

# The real set has seven hands to train with; rendered ones and other colours stand in for more people.
_RECOLOURED = 3
_RENDERED = 4320


def pictures() -> Splits:
    """The data set, its training part three times in other colours beside its own, and with rendered hands."""
    splits = data.rock_paper_scissors()
    random = np.random.default_rng(3)
    train = splits.train
    images = [train.images, *(recoloured(train.images, random) for _ in range(_RECOLOURED))]
    labels = [train.labels] * len(images)
    if splits.source.startswith(SOURCE):
        rendered = on_white(_RENDERED, range(10, 70), seed=7)
        images.append(rendered.images)
        labels.append(rendered.labels)
    whole = Examples(np.concatenate(images), np.concatenate(labels))
    return Splits(whole, splits.validation, splits.test, classes=splits.classes, source=splits.source)


def recoloured(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The same hands with skin of another colour and brightness; what is white stays white."""
    count = len(images)
    power = np.exp(random.normal(0, 0.45, (count, 1, 1, 1)) + random.normal(0, 0.12, (count, 1, 1, 3)))
    return (np.clip(images, 1e-4, 1) ** power).astype(np.float32)


def cnn() -> keras.Model:
    """A convolutional network with three convolutions and one hidden layer behind them."""
    image = keras.Input((SIDE, SIDE, 3), name="image")
    x = layers.Rescaling(-1.0, offset=1.0, name="ink")(image)
    for number, filters in enumerate((24, 32, 48, 64), start=1):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"convolution_{number}")(x)
        x = layers.BatchNormalization(name=f"normalisation_{number}")(x)
        x = layers.Activation("relu", name=f"relu_{number}")(x)
        if number < 4:
            x = layers.MaxPooling2D(name=f"pool_{number}")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.4, name="dropout")(x)
    return keras.Model(image, layers.Dense(len(CLASSES), activation="softmax", name="gesture")(x), name="rps")


RECIPES = (
    PictureRecipe(
        name="rps",
        title="Rock, paper, scissors: a small convolutional network",
        build=cnn,
        data=pictures,
        real_source=SOURCE,
        licence="Rock-Paper-Scissors: Laurence Moroney (CC BY 2.0); the rendered hands: this project (MIT)",
        bundled_licence="hands rendered by this project; MIT",
        bar=0.98,
        preprocessing="colours divided by 255, so from 0 to 1, the ground white (1)",
        stages=(
            Stage(
                20,
                3e-3,
                Warp(degrees=25, pixels=3, zoom=0.22, shear=0.15, elastic=0.5, flip=True, beyond=0.99),
            ),
        ),
        averaging=0.998,
        forms=tuple(form for form in FORMS if form[0] == TFJS_LAYERS or form[1] == "none"),
        limits=(
            "It knows hands before a white ground, as the data set has them, upright and in the middle. Before a room "
            "it guesses: the gesture trainer, which learns from your own camera, is the tool for that.",
            "The hands to train with are seven, drawn by a computer, and some thousand rendered by this project. "
            "The hands of the test are four others of the same making, so its result says little of photographs.",
            "It knows three gestures and nothing else: shown an empty wall, it still names one.",
        ),
    ),
)
