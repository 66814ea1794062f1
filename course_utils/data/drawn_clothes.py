"""Clothes that this project draws, for machines on which Fashion-MNIST is not at hand.

Ten outlines with random proportions, cloth and position, in the form of Fashion-MNIST: light on black, 28 × 28.
They are easier to tell apart than photographs are, so no accuracy on them says anything about Fashion-MNIST.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

SIDE = 28
_FINE = 4  # drawn four times as large, then shrunk, so that edges are soft
CLASSES = (
    "T-shirt",
    "trousers",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)

Shape = list[tuple[float, float]]


def drawn_clothes(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """`count` pictures, uint8 of shape (count, 28, 28), and their labels 0 to 9, int64 in random order."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(count) % len(CLASSES))
    return np.stack([_draw(int(label), random) for label in labels]), labels.astype(np.int64)


def _draw(label: int, random: np.random.Generator) -> np.ndarray:
    size = SIDE * _FINE
    canvas = Image.new("L", (size, size))
    pen = ImageDraw.Draw(canvas)
    tone = int(random.integers(110, 256))
    _MAKERS[label](_Pen(pen, size, random), tone, random)
    # cloth: stripes or noise that only show on what was drawn
    cloth = _cloth(size, random)
    picture = np.asarray(canvas, dtype=np.float32)
    picture = picture * np.where(picture > 0, cloth, 1.0)
    turned = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).rotate(
        float(random.normal(0, 3)), Image.Resampling.BILINEAR
    )
    return np.asarray(turned.resize((SIDE, SIDE), Image.Resampling.BOX))


def _cloth(size: int, random: np.random.Generator) -> np.ndarray:
    rows, columns = np.mgrid[0:size, 0:size] / size
    kind = random.integers(4)
    weave = 1 + 0.06 * random.standard_normal((size, size))
    if kind == 0:
        return weave * (0.85 + 0.15 * np.sign(np.sin(2 * np.pi * random.uniform(5, 9) * rows)))
    if kind == 1:
        return weave * (0.85 + 0.15 * np.sign(np.sin(2 * np.pi * random.uniform(5, 9) * columns)))
    return weave * (0.8 + 0.2 * (columns if kind == 2 else 1))


class _Pen:
    """Draws in units from 0 to 1, with the hand's small errors."""

    def __init__(self, pen: ImageDraw.ImageDraw, size: int, random: np.random.Generator) -> None:
        self.pen, self.size, self.random = pen, size, random
        self.shift = random.normal(0, 0.015, 2)
        self.scale = random.uniform(0.92, 1.05, 2)

    def _place(self, points: Shape) -> list[tuple[float, float]]:
        wobble = self.random.normal(0, 0.008, (len(points), 2))
        moved = ((np.array(points) - 0.5) * self.scale + 0.5 + self.shift + wobble) * self.size
        return [tuple(point) for point in moved]

    def fill(self, points: Shape, tone: int) -> None:
        self.pen.polygon(self._place(points), fill=tone)

    def both(self, half: Shape, tone: int) -> None:
        """A shape from its left half, top to bottom, and its mirror image."""
        self.fill(half + [(1 - x, y) for x, y in reversed(half)], tone)

    def line(self, points: Shape, tone: int, width: float) -> None:
        self.pen.line(self._place(points), fill=tone, width=max(1, round(width * self.size)), joint="curve")


def _top(pen: _Pen, tone: int, sleeve: float, length: float, wide: float = 0.0, neck: float = 0.1) -> None:
    """A garment for the upper body whose sleeves end at height `sleeve` and whose hem lies at `length`."""
    reach = 0.06 + 0.12 * max(0.0, 0.42 - sleeve)
    half = [
        (0.5 - neck, 0.08),
        (0.3, 0.12),
        (reach + 0.06, 0.2),
        (reach, sleeve),
        (reach + 0.13, sleeve + 0.03),
    ]
    pen.both([*half, (0.29, 0.34), (0.29 - wide, length)], tone)
    pen.fill([(0.5 - neck, 0.07), (0.5 + neck, 0.07), (0.5, 0.07 + neck)], 0)


def _t_shirt(pen: _Pen, tone: int, random: np.random.Generator) -> None:
    _top(pen, tone, sleeve=random.uniform(0.34, 0.42), length=random.uniform(0.86, 0.94))


def _trousers(pen: _Pen, tone: int, random: np.random.Generator) -> None:
    flare = random.uniform(-0.03, 0.05)
    pen.both([(0.34, 0.05), (0.31, 0.3), (0.3 - flare, 0.95), (0.44, 0.95), (0.485, 0.32)], tone)


def _pullover(pen: _Pen, tone: int, random: np.random.Generator) -> None:
    _top(pen, tone, sleeve=random.uniform(0.78, 0.9), length=random.uniform(0.84, 0.92), neck=0.08)
    pen.line([(0.28, 0.88), (0.72, 0.88)], max(1, tone // 2), 0.02)


def _dress(pen: _Pen, tone: int, random: np.random.Generator) -> None:
    hem, waist = random.uniform(0.24, 0.34), random.uniform(0.38, 0.43)
    pen.both([(0.42, 0.05), (0.36, 0.14), (waist, 0.42), (hem, 0.96)], tone)


def _coat(pen: _Pen, tone: int, random: np.random.Generator) -> None:
    _top(pen, tone, sleeve=random.uniform(0.78, 0.9), length=random.uniform(0.94, 0.98), wide=0.03, neck=0.09)
    pen.line([(0.5, 0.15), (0.5, 0.97)], max(1, tone // 3), 0.025)


def _sandal(pen: _Pen, tone: int, random: np.random.Generator) -> None:
    heel = random.uniform(0.55, 0.68)
    pen.line([(0.05, 0.78), (0.4, 0.76), (0.93, heel)], tone, 0.05)
    pen.line([(0.93, heel), (0.9, 0.82)], tone, 0.05)
    for x in (0.22, 0.42, 0.62):
        pen.line([(x - 0.08, 0.76), (x, random.uniform(0.52, 0.62)), (x + 0.1, 0.74)], tone, 0.03)


def _shirt(pen: _Pen, tone: int, random: np.random.Generator) -> None:
    _top(pen, tone, sleeve=random.uniform(0.55, 0.7), length=random.uniform(0.86, 0.94), neck=0.07)
    for y in np.linspace(0.22, 0.85, 5):
        pen.line([(0.49, y), (0.51, y)], max(1, tone // 4), 0.03)


def _sneaker(pen: _Pen, tone: int, random: np.random.Generator) -> None:
    ankle = random.uniform(0.4, 0.47)
    pen.fill([(0.04, 0.68), (0.3, 0.6), (0.58, ankle), (0.9, ankle - 0.02), (0.96, 0.72), (0.04, 0.74)], tone)
    pen.line([(0.04, 0.75), (0.96, 0.75)], max(1, tone // 2), 0.04)


def _bag(pen: _Pen, tone: int, random: np.random.Generator) -> None:
    top = random.uniform(0.36, 0.46)
    pen.both([(0.2, top), (0.12, 0.9)], tone)
    pen.line([(0.3, top), (0.34, 0.15), (0.66, 0.15), (0.7, top)], tone, 0.035)


def _ankle_boot(pen: _Pen, tone: int, random: np.random.Generator) -> None:
    toe = random.uniform(0.62, 0.7)
    pen.fill(
        [(0.5, 0.15), (0.9, 0.15), (0.93, 0.85), (0.06, 0.85), (0.06, toe + 0.06), (0.3, toe), (0.5, 0.5)],
        tone,
    )
    pen.fill([(0.72, 0.84), (0.93, 0.84), (0.92, 0.93), (0.74, 0.93)], max(1, tone // 2))


_MAKERS = (_t_shirt, _trousers, _pullover, _dress, _coat, _sandal, _shirt, _sneaker, _bag, _ankle_boot)
