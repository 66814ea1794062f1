"""Networks that turn a picture into a few hundred numbers, for a small head on top.

All take float32 pictures of shape (n, 96, 96, 3) with colours from 0 to 1. Those for gestures give 256 features a
picture, a vector of length 1 whose mean is 0; the one for photographs gives 1,280, of any size from 0 on.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import keras

#: The side of their pictures, in pixels, and how many numbers describe one.
SIDE, FEATURES = 96, 256

_AT_ONCE = 50


def gestures() -> keras.Model:
    """The backbone of the gesture trainer, which comes with the course: a small MobileNet that has seen hands.

    It is the very file that the page loads, so a head that was trained here fits there.
    """
    from course_utils.conversion import tfjs_reader
    from course_utils.widgets.modules import static_folder

    model = tfjs_reader.read(static_folder() / "models" / "backbone" / "model.json")
    print(f"The gesture trainer's backbone, which has seen hands: {model.count_params():,} parameters")
    return model


def general() -> keras.Model | None:
    """MobileNet as ImageNet left it, which was shown no gestures, in the same form; None where it cannot be had.

    Its weights are taken from `COURSE_DATA`, from Keras' cache or from their official address.
    """
    from course_utils.training import mobilenet

    model = mobilenet.pretrained(SIDE)
    if model is None:
        print("MobileNet's weights are not at hand.")
    else:
        print(f"MobileNet, trained on ImageNet: {model.count_params():,} parameters")
    return model


def photographs() -> keras.Model | None:
    """MobileNetV2 of width 0.35 as ImageNet left it: 1,280 features a picture; None where it cannot be had.

    Its weights are taken from `COURSE_DATA`, from Keras' cache or from their official address.
    """
    from course_utils.data import sources

    path = sources.find(sources.MOBILENET_V2)
    if path is None:
        print("MobileNetV2's weights are not at hand.")
        return None
    import keras

    image = keras.Input((SIDE, SIDE, 3), name="image")
    scaled = keras.layers.Rescaling(2.0, offset=-1.0, name="scaled")(image)
    base = keras.applications.MobileNetV2((SIDE, SIDE, 3), alpha=0.35, include_top=False, weights=str(path))
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(base(scaled))
    model = keras.Model(image, pooled, name="photographs")
    print(f"MobileNetV2 of width 0.35, trained on ImageNet: {model.count_params():,} parameters")
    return model


def features(backbone: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """What a backbone says to pictures, uint8 of shape (n, 96, 96, 3): float32 of shape (n, 256), or (n, 1280)."""
    pieces = np.array_split(pictures, max(1, -(-len(pictures) // _AT_ONCE)))
    return np.concatenate([np.asarray(backbone(piece / np.float32(255))) for piece in pieces])


@cache
def sample_hands() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The sample hands that the gesture trainer offers to those without a camera, a hundred of them.

    Returns:
        Pictures, uint8 of shape (100, 96, 96, 3); what they show, from 0 (rock) over paper, scissors and lizard to 4
        (Spock); and whose hands they are, from 0 to 9.
    """
    from course_utils.data.hand_anatomy import GESTURES
    from course_utils.data.hand_pictures import SHEET_PEOPLE
    from course_utils.widgets.modules import static_folder

    with Image.open(static_folder() / "samples" / "hands.webp") as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    rows, columns = len(GESTURES), len(SHEET_PEOPLE)
    tiles = pixels.reshape(rows, SIDE, columns, SIDE, 3).swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)
    labels = np.repeat(np.arange(rows), columns)
    return tiles, labels, np.tile(SHEET_PEOPLE, rows)
