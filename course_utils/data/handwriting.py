"""Handwritten digits: MNIST where it can be had, else the small set that scikit-learn bundles."""

from __future__ import annotations

import numpy as np

from course_utils.data.sources import MNIST, find
from course_utils.data.splits import Examples, Splits

_CLASSES = tuple("0123456789")


def digits(flat: bool = False) -> Splits:
    """Handwritten digits 0 to 9.

    The real MNIST (70,000 pictures of 28 × 28 pixels) is used when it is at hand or can be downloaded;
    otherwise scikit-learn's bundled digits (1,797 pictures of 8 × 8). `flat=True` gives each picture as
    one row of numbers, of shape `(n, height * width)`.

    The test part of MNIST is its official one, all 10,000; validation pictures are taken from the
    training part, never from the test part.
    """
    path = find(MNIST)
    splits = _mnist(path) if path is not None else _bundled()
    if flat:
        splits = Splits(
            *(
                Examples(part.images.reshape(len(part), -1), part.labels)
                for part in (splits.train, splits.validation, splits.test)
            ),
            classes=splits.classes,
            source=splits.source,
        )
    print(splits)
    return splits


def _mnist(path: object) -> Splits:
    with np.load(path) as archive:
        images, labels = archive["x_train"], archive["y_train"]
        test = _examples(archive["x_test"], archive["y_test"], 255.0)
    order = np.random.default_rng(0).permutation(len(images))
    train, validation = order[6000:], order[:6000]
    return Splits(
        _examples(images[train], labels[train], 255.0),
        _examples(images[validation], labels[validation], 255.0),
        test,
        _CLASSES,
        "MNIST, 28 × 28 pixels",
    )


def _bundled() -> Splits:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    bunch = load_digits()
    rest, test = train_test_split(
        np.arange(len(bunch.target)), test_size=360, stratify=bunch.target, random_state=0
    )
    train, validation = train_test_split(rest, test_size=240, stratify=bunch.target[rest], random_state=0)
    parts = [_examples(bunch.images[rows], bunch.target[rows], 16.0) for rows in (train, validation, test)]
    return Splits(*parts, classes=_CLASSES, source="scikit-learn's bundled digits, 8 × 8 pixels")


def _examples(images: np.ndarray, labels: np.ndarray, white: float) -> Examples:
    return Examples((images / white).astype(np.float32), labels.astype(np.int64))
