"""A recogniser of one's own: given a folder of photographs, it learns a head and says how often it is right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils import backbones
from course_utils.data.picture_folders import PictureFolder, picture_folder

if TYPE_CHECKING:
    import keras

#: The strengths that the validation pictures choose from: the larger, the freer is the head.
STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)
#: Of fine-tuning: photographs at a time, and the highest learning rate, which rises to it and falls again.
_BATCH, _RATE = 32, 3e-4
_SURE = 1.96  # standard deviations to either side: 95 of 100 such ranges hold the true share


@dataclass(frozen=True)
class Recogniser:
    """A network that has learned the classes of a folder, and how it did on the pictures held back.

    Attributes:
        network: takes float32 pictures of shape (n, 96, 96, 3) with colours from 0 to 1, and gives probabilities of
            shape (n, classes).
        classes: what its outputs stand for, in their order.
        rows: the row numbers of the pictures it learned from, chose with, and was tested on.
        tested, right: how many test pictures there were, and how many of them it named.
        guessed: how many the most frequent class of the training pictures would have named.
    """

    network: keras.Model
    classes: tuple[str, ...]
    rows: dict[str, np.ndarray]
    tested: int
    right: int
    guessed: int

    def __repr__(self) -> str:
        low, high = plausible(self.right, self.tested)
        counts = ", ".join(f"{len(rows):,} {name}" for name, rows in self.rows.items())
        return (
            f"{counts} photographs\n"
            f"Right on {self.right:,} of {self.tested:,} test photographs, {self.right / self.tested:.0%}; always "
            f"saying the most frequent class: {self.guessed / self.tested:.0%}\n"
            f"On new photographs like these, expect between {low:.0%} and {high:.0%}"
        )

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """What it says to pictures, uint8 of shape (n, 96, 96, 3): float32 of shape (n, classes)."""
        return backbones.features(self.network, images)


def learn(
    photographs: str | Path | PictureFolder, backbone: keras.Model | None = None, fine_tune: int = 0
) -> Recogniser:
    """Learn to tell the classes of a folder apart: one layer on a backbone's features, then the backbone if asked.

    The training pictures fit the layer, the validation pictures choose how strongly its weights are held down, and
    the test pictures say once how often it is right.

    Args:
        photographs: the folder, which holds one folder for each class, or what `data.picture_folder` read from it.
        backbone: `backbones.photographs()` unless another is given, or that of the gestures where it cannot be had.
            It stays as it is.
        fine_tune: so many passes over the training pictures, each time shifted, scaled and mirrored anew, in which a
            copy of the backbone learns as well. The validation pictures say whether that was better than the head
            alone; if not, the head alone is kept.

    Raises:
        CourseError: the folder cannot be read, or has too few pictures of a class.
    """
    folder = (
        photographs if isinstance(photographs, PictureFolder) else picture_folder(photographs, backbones.SIDE)
    )
    rows = folder.parts()
    if backbone is None:
        backbone = backbones.photographs() or backbones.gestures()
    described = backbones.features(backbone, folder.images)
    kernel, bias = chosen_head(described, folder.labels, rows["training"], rows["validation"])
    network = _joined(backbone, kernel, bias)
    if fine_tune:
        tuned = _fine_tuned(network, folder, rows["training"], fine_tune)
        network = min(network, tuned, key=lambda one: _loss(one, folder, rows["validation"]))
    test = folder.labels[rows["test"]]
    said = backbones.features(network, folder.images[rows["test"]]).argmax(axis=1)
    most = np.bincount(folder.labels[rows["training"]]).argmax()
    learned = Recogniser(
        network,
        folder.classes,
        rows,
        len(test),
        int(np.sum(said == test)),
        int(np.sum(test == most)),
    )
    print(learned)
    return learned


def plausible(right: int, tested: int) -> tuple[float, float]:
    """The lowest and highest share that go well with `right` of `tested`: Wilson's range, true in 95 of 100 cases."""
    share, square = right / tested, _SURE**2 / tested
    middle = share + square / 2
    half = _SURE * math.sqrt(share * (1 - share) / tested + square / (4 * tested))
    return (middle - half) / (1 + square), (middle + half) / (1 + square)


def chosen_head(
    described: np.ndarray, labels: np.ndarray, training: np.ndarray, validation: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The `head` of the strength that has the least cross-entropy on the validation rows.

    Args:
        described: features, float32 of shape (n, features).
        labels: int64 of shape (n,).
        training: row numbers of what the heads are fitted to.
        validation: row numbers of what chooses one of them.
    """
    from sklearn.metrics import log_loss

    heads = [head(described[training], labels[training], strength) for strength in STRENGTHS]
    scores = [described[validation] @ kernel + bias for kernel, bias in heads]
    losses = [log_loss(labels[validation], _softmax(rows), labels=range(rows.shape[1])) for rows in scores]
    return heads[int(np.argmin(losses))]


def head(described: np.ndarray, labels: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """A softmax layer fitted to features: its kernel, float32 of shape (features, classes), and bias, (classes,).

    The features are first brought to mean 0 and standard deviation 1, and that is then put into the kernel.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(described.astype(np.float64))
    fitted = LogisticRegression(C=strength, max_iter=1000).fit(scaler.transform(described), labels)
    weights, bias = fitted.coef_, fitted.intercept_
    if len(weights) == 1:  # two classes: scikit-learn gives the score of the second alone
        weights, bias = np.concatenate([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    kernel = weights.T / scaler.scale_[:, None]
    return kernel.astype(np.float32), (bias - scaler.mean_ @ kernel).astype(np.float32)


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _joined(backbone: keras.Model, kernel: np.ndarray, bias: np.ndarray) -> keras.Model:
    """Backbone and head as one network, ready to be saved, converted or fine-tuned."""
    import keras

    answer = keras.layers.Dense(len(bias), activation="softmax", name="answer")
    network = keras.Model(backbone.input, answer(backbone.output), name="recogniser")
    answer.set_weights([kernel, bias])
    return network


def _fine_tuned(
    network: keras.Model, folder: PictureFolder, training: np.ndarray, passes: int
) -> keras.Model:
    """A copy of the network, all of which has learned from the training pictures; normalisations keep their statistics.

    A few dozen photographs are too few to measure new statistics with.
    """
    import keras
    from rich.console import Console

    from course_utils.data import Examples
    from course_utils.training.augmentation import Warp, batches
    from course_utils.training.fitting import Stretch, progress, stretch, without_optimizer

    copy = without_optimizer(network)
    copy.trainable = True
    for layer in copy.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    shown = Examples(folder.images[training] / np.float32(255), folder.labels[training])
    size = min(_BATCH, len(shown))
    drawn = batches(shown, size, Warp(degrees=8.0, pixels=6.0, zoom=0.15, flip=True, beyond=0.45), seed=0)
    plan = Stretch(passes, max(1, len(shown) // size), _RATE, weight_decay=0.01, averaging=0.9)
    # Rich's own form for notebooks would bring a style sheet that names a font: plain text for pages, too.
    with progress(Console(stderr=True, force_jupyter=False)) as bar:
        return stretch(copy, drawn, plan, 0, None, bar, "the backbone as well")[0]


def _loss(network: keras.Model, folder: PictureFolder, rows: np.ndarray) -> float:
    """The mean cross-entropy of what the network says to some pictures of the folder."""
    said = backbones.features(network, folder.images[rows])
    return float(-np.mean(np.log(said[np.arange(len(rows)), folder.labels[rows]] + 1e-7)))
