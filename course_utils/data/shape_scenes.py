"""Made-up scenes for a detector: discs, squares and triangles before changing grounds, each with its box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

KINDS = ("disc", "square", "triangle")
SIDE = 64
# Drawn this many times as large, then reduced, so that edges are soft as in a photograph.
_FINER = 4
_SMALLEST, _LARGEST = 11, 30
_MOST = 4
# The most that two things may cover each other: intersection over union.
_TOUCH = 0.08


@dataclass(frozen=True)
class Scenes:
    """Pictures with the things in them.

    Attributes:
        images: float32 of shape (n, 64, 64, 3), from 0 to 1.
        boxes: for each picture float32 of shape (things, 4): top, left, bottom, right, as shares of the picture.
        labels: for each picture int64 of shape (things,): the number of each thing's kind in `classes`.
        classes: the kinds.
    """

    images: np.ndarray
    boxes: list[np.ndarray]
    labels: list[np.ndarray]
    classes: tuple[str, ...] = KINDS

    def __len__(self) -> int:
        return len(self.images)


def shape_scenes(count: int, seed: int) -> Scenes:
    """Draw `count` scenes of one to four things, anew from a seed: no two seeds share a scene."""
    random = np.random.default_rng([64, seed])
    images = np.empty((count, SIDE, SIDE, 3), np.float32)
    boxes, labels = [], []
    for number in range(count):
        images[number], found, kinds = _scene(random)
        boxes.append(found)
        labels.append(kinds)
    return Scenes(images, boxes, labels)


def _scene(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    above, below = random.uniform(0, 1, (2, 3))
    share = np.linspace(0, 1, SIDE * _FINER)[:, None, None]
    ground = np.broadcast_to((1 - share) * above + share * below, (SIDE * _FINER, SIDE * _FINER, 3))
    canvas = Image.fromarray((255 * ground).astype(np.uint8))
    pen = ImageDraw.Draw(canvas)
    _streaks(pen, random)
    boxes: list[tuple[float, float, float, float]] = []
    kinds: list[int] = []
    for _ in range(int(random.integers(1, _MOST + 1))):
        edge = random.uniform(_SMALLEST, _LARGEST)
        top, left = random.uniform(0, SIDE - edge, 2)
        box = (top, left, top + edge, left + edge)
        if any(_share(box, other) > _TOUCH for other in boxes):
            continue
        kind = int(random.integers(len(KINDS)))
        _draw(pen, kind, box, _colour(random, (above + below) / 2))
        boxes.append(box)
        kinds.append(kind)
    small = np.asarray(canvas.resize((SIDE, SIDE), Image.Resampling.BOX), np.float32) / 255
    noisy = np.clip(small + random.normal(0, 0.03, small.shape), 0, 1)
    return noisy.astype(np.float32), np.array(boxes, np.float32) / SIDE, np.array(kinds, np.int64)


def _streaks(pen: ImageDraw.ImageDraw, random: np.random.Generator) -> None:
    """Thin lines that are nothing: what a detector must not take for a thing."""
    for _ in range(int(random.integers(0, 4))):
        ends = [float(end) for end in random.uniform(0, SIDE * _FINER, 4)]
        pen.line(ends, fill=_bytes(random.uniform(0, 1, 3)), width=int(random.integers(3, 9)))


def _draw(pen: ImageDraw.ImageDraw, kind: int, box: tuple[float, ...], colour: tuple[int, ...]) -> None:
    top, left, bottom, right = (_FINER * edge for edge in box)
    if KINDS[kind] == "disc":
        pen.ellipse((left, top, right, bottom), fill=colour)
    elif KINDS[kind] == "square":
        pen.rectangle((left, top, right, bottom), fill=colour)
    else:
        pen.polygon([((left + right) / 2, top), (right, bottom), (left, bottom)], fill=colour)


def _colour(random: np.random.Generator, ground: np.ndarray) -> tuple[int, ...]:
    """A colour that stands out from the ground."""
    colour = random.uniform(0, 1, 3)
    while np.abs(colour - ground).max() < 0.35:
        colour = random.uniform(0, 1, 3)
    return _bytes(colour)


def _bytes(colour: np.ndarray) -> tuple[int, ...]:
    return tuple(int(255 * channel) for channel in colour)


def _share(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    """Intersection over union of two boxes."""
    height = min(first[2], second[2]) - max(first[0], second[0])
    width = min(first[3], second[3]) - max(first[1], second[1])
    if height <= 0 or width <= 0:
        return 0.0
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))
    return height * width / (areas - height * width)
