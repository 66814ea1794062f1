"""The three parts of a data set."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Examples:
    """Pictures with their labels.

    `images` is float32 between 0 and 1, of shape `(n, height, width)`, or `(n, height * width)` when the
    loader was asked for flat ones. `labels` is int64 of shape `(n,)`.
    """

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Splits:
    """Training, validation and test part of one data set, which share no row.

    The test part is for one last measurement. Nothing may be chosen by looking at it.
    """

    train: Examples
    validation: Examples
    test: Examples
    classes: tuple[str, ...]
    source: str

    def __repr__(self) -> str:
        return (
            f"{self.source}\n{len(self.train):,} training, {len(self.validation):,} validation "
            f"and {len(self.test):,} test pictures in {len(self.classes)} classes"
        )
