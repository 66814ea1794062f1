"""CIFAR-10: small photographs of ten kinds of things, and the network's view of them."""

from __future__ import annotations

import io
import itertools
import os
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from course_utils.data import Examples, Splits, sources
from course_utils.errors import CourseError

CLASSES = ("aeroplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SOURCE = "CIFAR-10, 32 × 32 pixels"
LICENCE = "CIFAR-10: Alex Krizhevsky, Vinod Nair and Geoffrey Hinton; published without a licence"

_ARCHIVE = "cifar10_jpeg.npz"
_HOST = "www.cs.toronto.edu"
_VALIDATION = 2500


def photographs() -> Splits:
    """CIFAR-10, float32 of shape (n, 32, 32, 3) from 0 to 1; validation pictures are drawn from the training part.

    It is taken from `cifar10_jpeg.npz` in the folder `COURSE_DATA`, or from Keras, which downloads it.

    Raises:
        CourseError: it is not at hand and cannot be downloaded.
    """
    found = at_hand()
    if found is not None:
        (images, labels), test = (_decoded(found, part) for part in ("train", "test"))
    elif (sources.keras_home() / "datasets" / "cifar-10-batches-py").is_dir() or sources.reachable(_HOST):
        (images, labels), test = (
            (pixels, numbers.ravel()) for pixels, numbers in keras.datasets.cifar10.load_data()
        )
    else:
        raise CourseError(
            f"CIFAR-10 is not at hand: connect to a network, or set COURSE_DATA to a folder that holds {_ARCHIVE}."
        )
    order = np.random.default_rng(0).permutation(len(labels))
    train, validation = order[_VALIDATION:], order[:_VALIDATION]
    splits = Splits(
        _examples(images[train], labels[train]),
        _examples(images[validation], labels[validation]),
        _examples(*test),
        classes=CLASSES,
        source=SOURCE,
    )
    print(splits)
    return splits


def at_hand() -> Path | None:
    """The archive of JPEG pictures, or None."""
    folder = os.environ.get("COURSE_DATA")
    path = Path(folder, _ARCHIVE) if folder else None
    return path if path is not None and path.is_file() else None


def enlarged(images: np.ndarray, side: int) -> np.ndarray:
    """Pictures of shape (n, height, width, 3) from 0 to 1, as uint8 of shape (n, side, side, 3)."""
    large = np.empty((len(images), side, side, 3), np.uint8)
    for number, image in enumerate(images):
        small = Image.fromarray((image * 255 + 0.5).astype(np.uint8))
        large[number] = np.asarray(small.resize((side, side), Image.Resampling.BICUBIC))
    return large


def _examples(images: np.ndarray, labels: np.ndarray) -> Examples:
    return Examples(images.astype(np.float32) / np.float32(255), labels.astype(np.int64))


def _decoded(path: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    with np.load(path) as archive:
        offsets, data, labels = archive[f"off_{part}"], archive[f"jpg_{part}"].tobytes(), archive[f"y_{part}"]
    pictures = (Image.open(io.BytesIO(data[start:end])) for start, end in itertools.pairwise(offsets))
    return np.stack([np.asarray(picture.convert("RGB")) for picture in pictures]), labels
