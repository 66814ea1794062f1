"""Small colour pictures in ten classes: CIFAR-10 where it can be had, else drawings that the course colours itself."""

from __future__ import annotations

import io
import itertools
import os
from pathlib import Path

import numpy as np
from PIL import Image

from course_utils.data import sources
from course_utils.data.drawings import sketch_form
from course_utils.data.generated_sketches import drawing
from course_utils.data.quick_draw import CLASSES as THINGS
from course_utils.data.splits import Examples, Splits

CLASSES = ("aeroplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SOURCE = "CIFAR-10, 32 × 32 pixels"
SIDE = 32

_ARCHIVE = "cifar10_jpeg.npz"
_HOST = "www.cs.toronto.edu"
_VALIDATION = 2500
_DRAWN = {"train": 200, "validation": 40, "test": 40}  # of each class


def things() -> Splits:
    """Colour pictures of ten kinds of things, float32 of shape (n, 32, 32, 3) from 0 to 1.

    CIFAR-10 is used when `cifar10_jpeg.npz` lies in the folder `COURSE_DATA`, or when Keras has it or can download it;
    otherwise drawings of ten other things, in colours drawn at random, which are much easier to tell apart.

    The test part of CIFAR-10 is its official one; validation pictures are drawn from the training part.
    """
    splits = cifar10() or _drawn()
    print(splits)
    return splits


def cifar10() -> Splits | None:
    """CIFAR-10, or None where it is not at hand and cannot be downloaded."""
    found = at_hand()
    if found is not None:
        (images, labels), test = (_decoded(found, part) for part in ("train", "test"))
    elif (sources.keras_home() / "datasets" / "cifar-10-batches-py").is_dir() or sources.reachable(_HOST):
        from keras import datasets

        (images, labels), test = (
            (pixels, numbers.ravel()) for pixels, numbers in datasets.cifar10.load_data()
        )
    else:
        return None
    order = np.random.default_rng(0).permutation(len(labels))
    train, validation = order[_VALIDATION:], order[:_VALIDATION]
    parts = ((images[train], labels[train]), (images[validation], labels[validation]), test)
    return Splits(*(_examples(*part) for part in parts), classes=CLASSES, source=SOURCE)


def at_hand() -> Path | None:
    """The archive of JPEG pictures, or None."""
    folder = os.environ.get("COURSE_DATA")
    path = Path(folder, _ARCHIVE) if folder else None
    return path if path is not None and path.is_file() else None


def _drawn() -> Splits:
    parts = [_coloured(count, seed) for seed, count in enumerate(_DRAWN.values())]
    source = "Drawings coloured by the course, 32 × 32 pixels"
    return Splits(*parts, classes=THINGS, source=source)


def _coloured(count: int, seed: int) -> Examples:
    """So many pictures of each thing: ink of one colour on a ground that shades from one colour into another."""
    random = np.random.default_rng([32, seed])
    labels = random.permutation(np.arange(count * len(THINGS)) % len(THINGS))
    images = np.empty((len(labels), SIDE, SIDE, 3), np.float32)
    edge = (SIDE - 28) // 2
    for number, label in enumerate(labels):
        ink = np.pad(sketch_form(drawing(THINGS[label], random)), edge)[..., None]
        above, below, pen = random.uniform(0, 1, (3, 3))
        # The pen must stand out from its ground.
        ground_light = (above + below).mean() / 2
        pen = pen * 0.4 if ground_light > 0.5 else 1 - pen * 0.4
        share = np.linspace(0, 1, SIDE)[:, None, None]
        ground = (1 - share) * above + share * below + random.normal(0, 0.04, (SIDE, SIDE, 3))
        images[number] = np.clip((1 - ink) * ground + ink * pen, 0, 1)
    return Examples(images, labels.astype(np.int64))


def _examples(images: np.ndarray, labels: np.ndarray) -> Examples:
    return Examples(images.astype(np.float32) / np.float32(255), labels.astype(np.int64))


def _decoded(path: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    with np.load(path) as archive:
        offsets, data, labels = archive[f"off_{part}"], archive[f"jpg_{part}"].tobytes(), archive[f"y_{part}"]
    pictures = (Image.open(io.BytesIO(data[start:end])) for start, end in itertools.pairwise(offsets))
    return np.stack([np.asarray(picture.convert("RGB")) for picture in pictures]), labels
