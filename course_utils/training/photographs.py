"""CIFAR-10 for training: the real one or none, and the network's view of it."""

from __future__ import annotations

import numpy as np
from PIL import Image

from course_utils.data import Splits, small_photographs
from course_utils.data.small_photographs import CLASSES, SOURCE
from course_utils.errors import CourseError

__all__ = ["CLASSES", "LICENCE", "SOURCE", "enlarged", "photographs"]

LICENCE = "CIFAR-10: Alex Krizhevsky, Vinod Nair and Geoffrey Hinton; published without a licence"


def photographs() -> Splits:
    """CIFAR-10, float32 of shape (n, 32, 32, 3) from 0 to 1; nothing stands in for it.

    Raises:
        CourseError: it is not at hand and cannot be downloaded.
    """
    splits = small_photographs.cifar10()
    if splits is None:
        raise CourseError(
            "CIFAR-10 is not at hand: connect to a network, or set COURSE_DATA to a folder that holds cifar10_jpeg.npz."
        )
    print(splits)
    return splits


def enlarged(images: np.ndarray, side: int) -> np.ndarray:
    """Pictures of shape (n, height, width, 3) from 0 to 1, as uint8 of shape (n, side, side, 3)."""
    large = np.empty((len(images), side, side, 3), np.uint8)
    for number, image in enumerate(images):
        small = Image.fromarray((image * 255 + 0.5).astype(np.uint8))
        large[number] = np.asarray(small.resize((side, side), Image.Resampling.BICUBIC))
    return large
