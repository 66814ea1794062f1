"""Cats against dogs: a head on MobileNetV2's features, which stays as ImageNet left it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from course_utils import backbones, recogniser
from course_utils.bench.models.row import Row
from course_utils.data import small_photographs
from course_utils.training.fine_tuned import of_two


def on_features(tell: Callable[[str], None]) -> Iterator[Row]:
    """The head of `recogniser.learn`, from all training pictures of CIFAR-10; nothing where they are not at hand."""
    splits = small_photographs.cifar10()
    if splits is None:
        return
    tell("cats against dogs, the features")
    backbone = backbones.photographs()
    if backbone is None:
        return
    begun = time.perf_counter()
    parts = [of_two(part) for part in (splits.train, splits.validation, splits.test)]
    described = [described_by(backbone, part.images) for part in parts[:2]]
    tell("cats against dogs, the head")
    rows = np.split(np.arange(sum(map(len, parts[:2]))), [len(parts[0])])
    labels = np.concatenate([part.labels for part in parts[:2]])
    kernel, bias = recogniser.chosen_head(np.concatenate(described), labels, *rows)
    said = described_by(backbone, parts[2].images) @ kernel + bias
    share = float(np.mean(said.argmax(axis=1) == parts[2].labels))
    yield Row(
        "cats against dogs, a head on MobileNetV2's features",
        f"{len(parts[2]):,} test pictures, {splits.source}",
        share,
        seconds=time.perf_counter() - begun,
        note=f"{backbone.count_params():,} parameters, {kernel.size + bias.size:,} of the head learned from "
        f"{len(parts[0]):,} pictures",
    )


def described_by(backbone: object, images: np.ndarray) -> np.ndarray:
    """The features of pictures from 0 to 1, float32 of shape (n, 32, 32, 3), brought to the backbone's size."""
    import keras

    size = (backbones.SIDE, backbones.SIDE)
    pieces = np.array_split(images, max(1, len(images) // 250))
    enlarged = (np.asarray(keras.ops.image.resize(piece, size)) for piece in pieces)
    return np.concatenate([np.asarray(backbone(piece)) for piece in enlarged])  # type: ignore[operator]
