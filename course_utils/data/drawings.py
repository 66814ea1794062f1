"""Drawings as strokes, and the pictures that networks are shown: digits as MNIST has them, sketches as Quick, Draw!

The page does the same in `book/_static/lab/mnist-form.js`; a test holds the two to the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

SIDE = 28
#: MNIST's digits are as high or as wide as this, within the picture of 28 × 28.
DIGIT_SIDE = 20
# The pixel on which MNIST's digits have their centre of mass, counted from 0.
_MIDDLE = 14
# A centre of mass half way between two pixels goes to the second, whatever the last digits of its sums are.
_TIE = 1e-4
# Ink fainter than this does not belong to the drawing.
_FAINT = 0.1
# A drawn digit is first rasterised this large, with a pen so many pixels wide.
_LARGE_SIDE, _LARGE_PEN = 80, 9.0
# Quick, Draw! draws in a square of 256 with a pen of 16, inside a margin of 24 on every side.
_SKETCH_SIDE, _SKETCH_PEN, _SKETCH_MARGIN = 255.0, 16.0, 24.0
_SKETCH_SCALE = SIDE / (256.0 + 2 * _SKETCH_MARGIN)

Stroke = Sequence[Sequence[float]] | np.ndarray  #: points (x, y), y downwards, in any unit


def rasterise(strokes: Sequence[Stroke], width: int, height: int, pen: float) -> np.ndarray:
    """Strokes in pixels as a picture of ink, float32 of shape (height, width) from 0 to 1.

    A pixel whose middle lies within the pen's round tip is full; over one pixel at the edge the ink falls to 0.
    """
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    nearest = np.full((height, width), np.inf)
    for stroke in strokes:
        points = np.asarray(stroke, np.float64).reshape(-1, 2)
        starts, ends = (points[:-1], points[1:]) if len(points) > 1 else (points, points)
        for (x0, y0), (x1, y1) in zip(starts, ends, strict=True):
            dx, dy = x1 - x0, y1 - y0
            length = dx * dx + dy * dy
            share = ((columns - x0) * dx + (rows - y0) * dy) / length if length else 0.0
            share = np.clip(share, 0.0, 1.0)
            nearest = np.minimum(nearest, (columns - x0 - share * dx) ** 2 + (rows - y0 - share * dy) ** 2)
    return np.clip(pen / 2 + 0.5 - np.sqrt(nearest), 0.0, 1.0).astype(np.float32)


def large_picture(strokes: Sequence[Stroke]) -> np.ndarray:
    """A drawing alone, its longer side 80 pixels, by a pen that fits its size however large it was drawn."""
    box = _box(strokes)
    if box is None:
        return np.zeros((SIDE, SIDE), np.float32)
    left, top, right, bottom = box
    longer = max(right - left, bottom - top)
    scale = (_LARGE_SIDE - _LARGE_PEN) / longer if longer else 1.0
    moved = [
        (np.asarray(stroke, np.float64).reshape(-1, 2) - (left, top)) * scale + _LARGE_PEN / 2
        for stroke in strokes
    ]
    width, height = (_nearest(side * scale + _LARGE_PEN) for side in (right - left, bottom - top))
    return rasterise(moved, width, height, _LARGE_PEN)


def mnist_form(ink: np.ndarray) -> np.ndarray:
    """A picture of ink, from 0 to 1 and of any size, in the form of MNIST: float32 of shape (28, 28).

    Cropped to its ink, scaled to 20 pixels along its longer side by averaging areas, and put so that its centre
    of mass lies in the middle. Without ink, the picture stays black.
    """
    rows = np.flatnonzero((ink > _FAINT).any(axis=1))
    columns = np.flatnonzero((ink > _FAINT).any(axis=0))
    form = np.zeros((SIDE, SIDE), np.float32)
    if not len(rows):
        return form
    crop = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float64)
    longer = max(crop.shape)
    height, width = (max(1, _nearest(side * DIGIT_SIDE / longer)) for side in crop.shape)
    scaled = area_weights(crop.shape[0], height) @ crop @ area_weights(crop.shape[1], width).T
    scaled /= scaled.max()
    mass = scaled.sum()
    row = (scaled.sum(axis=1) @ np.arange(height)) / mass
    column = (scaled.sum(axis=0) @ np.arange(width)) / mass
    top = min(SIDE - height, max(0, _nearest(_MIDDLE - row + _TIE)))
    left = min(SIDE - width, max(0, _nearest(_MIDDLE - column + _TIE)))
    form[top : top + height, left : left + width] = scaled
    return form


def digit_form(strokes: Sequence[Stroke]) -> np.ndarray:
    """A digit drawn as strokes in the form of MNIST, float32 of shape (28, 28)."""
    return mnist_form(large_picture(strokes))


def sketch_form(strokes: Sequence[Stroke]) -> np.ndarray:
    """A drawing in the form of Quick, Draw!: its longer side 255 of 304 parts, centred, in 28 × 28 pixels."""
    box = _box(strokes)
    if box is None:
        return np.zeros((SIDE, SIDE), np.float32)
    left, top, right, bottom = box
    longer = max(right - left, bottom - top)
    scale = _SKETCH_SCALE * (_SKETCH_SIDE / longer if longer else 1.0)
    middle = ((left + right) / 2, (top + bottom) / 2)
    moved = [
        (np.asarray(stroke, np.float64).reshape(-1, 2) - middle) * scale + SIDE / 2 for stroke in strokes
    ]
    return rasterise(moved, SIDE, SIDE, _SKETCH_PEN * _SKETCH_SCALE)


def area_weights(before: int, after: int) -> np.ndarray:
    """How much of each old pixel lies in each new one along one axis: (after, before), each row summing to 1."""
    edges = np.arange(after + 1) * before / after
    pixel = np.arange(before)
    overlap = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    overlap = np.maximum(overlap, 0.0)
    return overlap / overlap.sum(axis=1, keepdims=True)


def _box(strokes: Sequence[Stroke]) -> tuple[float, float, float, float] | None:
    points = [np.asarray(stroke, np.float64).reshape(-1, 2) for stroke in strokes if len(stroke)]
    if not points:
        return None
    everything = np.concatenate(points)
    return (*everything.min(axis=0), *everything.max(axis=0))


def _nearest(number: float) -> int:
    """Rounded, halves upwards, as the page's `Math.round` does."""
    return math.floor(number + 0.5)
