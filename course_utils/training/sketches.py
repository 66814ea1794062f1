"""The recogniser of sketches: its pictures and its layers."""

from __future__ import annotations

import keras
from keras import layers

from course_utils import data
from course_utils.data import Examples, Splits
from course_utils.training.augmentation import Warp
from course_utils.training.digits import convolution
from course_utils.training.pictures import PictureRecipe, Stage


def pictures() -> Splits:
    """The drawings as pictures of shape (28, 28, 1), from 0 (nothing) to 1 (ink)."""
    splits = data.sketches()
    parts = (splits.train, splits.validation, splits.test)
    return Splits(
        *(Examples(part.images[..., None], part.labels) for part in parts),
        classes=splits.classes,
        source=splits.source,
    )


def cnn() -> keras.Model:
    """A convolutional network of 112,046 parameters and 4.9 million multiply-adds a picture."""
    image = keras.Input((28, 28, 1), name="image")
    x = convolution(image, 20, 5, "valid", 1)
    x = layers.MaxPooling2D(name="pool_1")(x)
    x = convolution(x, 48, 3, "same", 2)
    x = layers.MaxPooling2D(name="pool_2")(x)
    x = convolution(x, 72, 3, "same", 3)
    x = convolution(x, 96, 3, "same", 4)
    x = layers.MaxPooling2D(name="pool_3")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.3, name="dropout")(x)
    return keras.Model(image, layers.Dense(10, activation="softmax", name="sketch")(x), name="sketches")


RECIPES = (
    PictureRecipe(
        name="sketches",
        title="Sketches of ten things, a convolutional network",
        build=cnn,
        data=pictures,
        real_source="Quick, Draw!",
        licence="Quick, Draw!: drawings made available by Google, Inc.; CC BY 4.0",
        bundled_licence="Drawings made by the course itself, under its own licence",
        limits=(
            "It knows ten things and nothing else: shown a house, it still names one of the ten.",
            "It was trained on drawings that people made in 20 seconds with a mouse or a finger. Careful or shaded "
            "drawings are recognised less well, and nobody has measured by how much.",
            "It sees 28 × 28 pixels: what is smaller than a twenty-eighth of the drawing is lost.",
            "There were a third as many trains to learn from as of everything else.",
        ),
        bar=0.96,
        # Trains come from another source and are drawn a little sharper than the rest. A network that saw bent and so
        # blurred drawings only took every sharp one for a train: of 121 mistakes on the validation part, 49.
        stages=(
            Stage(
                20,
                4e-3,
                Warp(degrees=12.0, pixels=1.5, zoom=0.18, shear=0.18, elastic=0.8, flip=True, share=0.7),
            ),
            Stage(
                4,
                1e-3,
                Warp(degrees=8.0, pixels=1.0, zoom=0.1, shear=0.1, elastic=0.5, flip=True, share=0.4),
            ),
        ),
        weight_decay=2e-2,
        smoothing=0.1,
    ),
)
