"""Pictures of clothes: Fashion-MNIST where it can be had, else clothes that this project draws."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from course_utils.data.drawn_clothes import CLASSES, SIDE, drawn_clothes
from course_utils.data.sources import FASHION, find
from course_utils.data.splits import Examples, Splits
from course_utils.errors import CourseError

_DRAWN = {"train": (6000, 0), "validation": (1000, 1), "test": (1000, 2)}  # how many, and the seed
_HALF = SIDE // 2


def fashion(flat: bool = False) -> Splits:
    """Pictures of clothes in ten classes, 28 × 28, light on black.

    The real Fashion-MNIST (70,000 photographs) is used when it is at hand or can be downloaded; otherwise 8,000
    drawings by this project, which are much easier to tell apart. `flat=True` gives each picture as one row of
    784 numbers.

    The test part of Fashion-MNIST is its official one, all 10,000; validation pictures are taken from the training
    part, never from the test part.

    Raises `CourseError` when a file at hand is damaged.
    """
    found = [find(file) for file in FASHION]
    paths = [path for path in found if path is not None]
    splits = read_files(paths) if len(paths) == len(FASHION) else drawn()
    if flat:
        parts = (splits.train, splits.validation, splits.test)
        splits = Splits(
            *(Examples(part.images.reshape(len(part), -1), part.labels) for part in parts),
            classes=splits.classes,
            source=splits.source,
        )
    print(splits)
    return splits


def small_clothes(count: int, seed: int) -> Examples:
    """`count` drawings of clothes of 14 × 14 pixels in ten classes: the same on every machine for the same seed.

    Small enough to train a network with in seconds; images are float32 of shape (count, 14, 14).
    """
    images, labels = drawn_clothes(count, seed)
    halved = images.reshape(count, _HALF, 2, _HALF, 2).mean(axis=(2, 4))
    return _examples(halved, labels)


def read_files(paths: list[Path]) -> Splits:
    """Fashion-MNIST out of its four files, in the order of `sources.FASHION`."""
    images, labels, test_images, test_labels = (_numbers(path) for path in paths)
    order = np.random.default_rng(0).permutation(len(labels))
    rest, validation = order[len(order) // 10 :], order[: len(order) // 10]
    return Splits(
        _examples(images[rest], labels[rest]),
        _examples(images[validation], labels[validation]),
        _examples(test_images, test_labels),
        CLASSES,
        "Fashion-MNIST, 28 × 28 pixels",
    )


def drawn() -> Splits:
    """The clothes that this project draws."""
    parts = [_examples(*drawn_clothes(count, seed)) for count, seed in _DRAWN.values()]
    return Splits(*parts, classes=CLASSES, source="clothes drawn by this project, 28 × 28 pixels")


def _numbers(path: Path) -> np.ndarray:
    """An IDX file: two zero bytes, the type, the number of axes, each axis' length, then the bytes themselves."""
    try:
        data = gzip.decompress(path.read_bytes())
        axes = data[3]
        shape = np.frombuffer(data, ">u4", axes, 4)
        return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)
    except (OSError, EOFError, ValueError, IndexError) as error:
        raise CourseError(
            f"{path} is damaged ({error}): delete it, and `course fetch` brings it again."
        ) from error


def _examples(images: np.ndarray, labels: np.ndarray) -> Examples:
    return Examples((images / 255.0).astype(np.float32), labels.astype(np.int64))
