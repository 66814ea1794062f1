"""A single-shot detector in small: anchors, what each must learn, a network that looks once, and its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np

from course_utils.data.shape_scenes import Scenes
from course_utils.detection.boxes import intersection_over_union, non_maximum_suppression
from course_utils.detection.judging import Found

#: Where an anchor shares this much with a thing it must find it; below `_NOTHING` it must say that there is nothing.
_THING, _NOTHING = 0.5, 0.4
#: Offsets are small numbers; divided by these they have about the size of 1, and are learnt as fast as the classes.
MOVE, GROW = 0.1, 0.2


@dataclass(frozen=True)
class Anchors:
    """Boxes at fixed places, from which a detector starts.

    Attributes:
        boxes: float32 of shape (grid · grid · sizes, 4), place by place, row by row, each place's sizes together.
        grid: how many places a row and a column have.
        sizes: the edges, as shares of the picture.
    """

    boxes: np.ndarray
    grid: int
    sizes: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.boxes)


def anchors(grid: int = 8, sizes: Sequence[float] = (0.2, 0.3, 0.42)) -> Anchors:
    """Squares of every size around the middle of every cell of a grid."""
    middles = (np.arange(grid) + 0.5) / grid
    rows, columns, edges = np.meshgrid(middles, middles, sizes, indexing="ij")
    boxes = np.stack([rows - edges / 2, columns - edges / 2, rows + edges / 2, columns + edges / 2], axis=-1)
    return Anchors(boxes.reshape(-1, 4).astype(np.float32), grid, tuple(sizes))


def targets(start: Anchors, boxes: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each anchor must say of one picture: a class, and how far it must move and grow.

    Classes are 0 for nothing, 1 for the first kind and so on, and −1 for an anchor that is asked nothing, because it
    shares too little with a thing to find it and too much to be nothing. Every thing has at least one anchor.
    Returns int64 of shape (anchors,) and float32 of shape (anchors, 4).
    """
    classes, offsets = np.zeros(len(start), np.int64), np.zeros((len(start), 4), np.float32)
    if not len(boxes):
        return classes, offsets
    shares = intersection_over_union(start.boxes, boxes)
    nearest, most = shares.argmax(axis=1), shares.max(axis=1)
    # The best anchor of each thing takes it, however little they share.
    best = shares.argmax(axis=0)
    nearest[best], most[best] = np.arange(len(boxes)), 1.0
    classes[most >= _NOTHING] = -1
    finds = most >= _THING
    classes[finds] = labels[nearest[finds]] + 1
    offsets[finds] = encode(start.boxes[finds], boxes[nearest[finds]])
    return classes, offsets


def encode(start: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """How far each of `start` must move and grow to become its box, both of shape (n, 4)."""
    (from_middle, from_edges), (to_middle, to_edges) = _middles_and_edges(start), _middles_and_edges(boxes)
    move = (to_middle - from_middle) / from_edges / MOVE
    return np.concatenate([move, np.log(to_edges / from_edges) / GROW], axis=1).astype(np.float32)


def decode(start: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """The boxes that offsets make of `start`: the way back from `encode`. Both have the shape (n, 4)."""
    middle, edges = _middles_and_edges(start)
    middle = middle + offsets[:, :2] * MOVE * edges
    edges = edges * np.exp(offsets[:, 2:] * GROW)
    return np.concatenate([middle - edges / 2, middle + edges / 2], axis=1)


def network(start: Anchors, classes: int, side: int = 64) -> keras.Model:
    """A picture in; for each anchor `classes` + 1 scores (nothing first), and 4 offsets: (anchors, classes + 5)."""
    layers = keras.layers
    picture = keras.Input((side, side, 3), name="picture")
    x = picture
    rounds = int(np.log2(side / start.grid))
    for filters in (16, 32, 48, 64, 64)[:rounds]:
        x = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
    for filters in (48, 64):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
    said = layers.Conv2D(len(start.sizes) * (classes + 5), 3, padding="same", name="said")(x)
    return keras.Model(picture, layers.Reshape((len(start), classes + 5))(said), name="detector")


def train(
    model: keras.Model, start: Anchors, scenes: Scenes, epochs: int, batch_size: int = 32, seed: int = 0
) -> list[float]:
    """Train `model` on scenes, half of the pictures mirrored anew in each epoch; returns each epoch's mean loss."""
    wanted = answers_wanted(start, scenes)
    steps = epochs * (len(scenes) // batch_size)
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.004, steps)), loss)
    random = np.random.default_rng(seed)
    losses = []
    for _ in range(epochs):
        flip = random.random(len(scenes)) < 0.5
        images = np.where(flip[:, None, None, None], scenes.images[:, :, ::-1], scenes.images)
        answers = np.where(flip[:, None, None], wanted[1], wanted[0])
        history = model.fit(images, answers, batch_size=batch_size, epochs=1, verbose=0)
        losses.append(float(history.history["loss"][0]))
    return losses


def answers_wanted(start: Anchors, scenes: Scenes) -> np.ndarray:
    """The `targets` of every scene, and of every scene mirrored: float32 of shape (2, scenes, anchors, 5).

    The class comes first, then the four offsets.
    """
    parts = [targets(start, *thing) for thing in zip(scenes.boxes, scenes.labels, strict=True)]
    mirrored = [
        targets(start, boxes[:, [0, 3, 2, 1]] * [1, -1, 1, -1] + [0, 1, 0, 1], labels)
        for boxes, labels in zip(scenes.boxes, scenes.labels, strict=True)
    ]
    return np.stack([[np.column_stack(pair) for pair in part] for part in (parts, mirrored)]).astype(
        np.float32
    )


def detect(
    model: keras.Model, start: Anchors, images: np.ndarray, least: float = 0.05, overlap: float = 0.4
) -> list[Found]:
    """What the model finds in each picture: boxes with a score of at least `least`, suppressed class by class."""
    return read(start, model.predict(images, verbose=0), least, overlap)


def read(start: Anchors, outputs: np.ndarray, least: float = 0.05, overlap: float = 0.4) -> list[Found]:
    """What the outputs of a network, of shape (pictures, anchors, classes + 5), say is in each picture."""
    answers = []
    for said in outputs:
        scores = np.exp(said[:, :-4] - said[:, :-4].max(axis=1, keepdims=True))
        scores /= scores.sum(axis=1, keepdims=True)
        boxes = np.clip(decode(start.boxes, said[:, -4:]), 0, 1)
        parts = []
        for label in range(scores.shape[1] - 1):
            sure = np.flatnonzero(scores[:, label + 1] >= least)
            kept = sure[non_maximum_suppression(boxes[sure], scores[sure, label + 1], overlap)]
            parts.append((boxes[kept], np.full(len(kept), label), scores[kept, label + 1]))
        found, labels, sureness = (np.concatenate(values) for values in zip(*parts, strict=True))
        order = np.argsort(-sureness, kind="stable")
        answers.append(Found(found[order], labels[order], sureness[order]))
    return answers


def loss(wanted: object, said: object) -> object:
    """Cross-entropy of the classes over the anchors that are asked, and the offsets' error where a thing is.

    Nearly all anchors see nothing. Of those only the three hardest for each thing count (Liu et al. 2016, section 2.2),
    or a network that always says "nothing" would do well.
    """
    ops = keras.ops
    classes = ops.cast(wanted[..., 0], "int32")
    is_thing = ops.cast(classes > 0, "float32")
    things = ops.maximum(ops.sum(is_thing, axis=1), 1.0)
    entropy = keras.losses.sparse_categorical_crossentropy(
        ops.maximum(classes, 0), said[..., :-4], from_logits=True
    )
    empty = ops.where(classes == 0, entropy, 0.0)
    ranks = ops.argsort(ops.argsort(-empty, axis=1), axis=1)
    hardest = ops.cast(ops.cast(ranks, "float32") < 3 * things[:, None], "float32")
    apart = ops.abs(wanted[..., 1:] - said[..., -4:])
    moved = ops.sum(ops.where(apart < 1, 0.5 * apart**2, apart - 0.5), axis=-1)
    summed = ops.sum(is_thing * (entropy + moved) + hardest * empty, axis=1)
    return summed / things


def _middles_and_edges(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    edges = np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-6)
    return (boxes[:, :2] + boxes[:, 2:]) / 2, edges
