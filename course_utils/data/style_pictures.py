"""Pictures that are all style: waves, brush strokes and dots, drawn anew from a seed.

Each is float32 of shape (side, side, 3) with colours from 0 to 1.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageColor, ImageDraw

# Drawn on a canvas of this side, then reduced, so that edges are soft and every size has the same picture.
_CANVAS = 512
_WAVES = ("#143282", "#f0be46", "#faf0d2")
_STROKES = ("#f4d35e", "#ee964b", "#f95738", "#0d3b66", "#faf0ca", "#3d7ea6")
_DOTS = ("#d1495b", "#00798c", "#edae49", "#30638e")


def waves(side: int) -> np.ndarray:
    """Bands of blue, ochre and cream that bend like water."""
    rows, columns = np.mgrid[:_CANVAS, :_CANVAS] / 4
    height = np.sin((rows + 7 * np.sin(columns / 13) + 4 * np.sin(columns / 31 + rows / 40)) / 4.2)
    colours = np.array([ImageColor.getrgb(colour) for colour in _WAVES], np.uint8)
    return _reduced(Image.fromarray(colours[np.digitize(height, [-0.1, 0.75])]), side)


def strokes(side: int, seed: int = 0) -> np.ndarray:
    """Short brush strokes of six colours that turn together, as if the wind combed them."""
    random = np.random.default_rng(seed)
    canvas = Image.new("RGB", (_CANVAS, _CANVAS), "#203a6b")
    pen = ImageDraw.Draw(canvas)
    for _ in range(1400):
        x, y = random.uniform(0, _CANVAS, 2)
        angle = 2 * np.sin(x / 180) + 2 * np.cos(y / 150)
        along, up = 44 * np.cos(angle), 44 * np.sin(angle)
        pen.line((x - along, y - up, x + along, y + up), _STROKES[random.integers(len(_STROKES))], 16)
    return _reduced(canvas, side)


def dots(side: int, seed: int = 0) -> np.ndarray:
    """Discs of four colours on cream, in rows that stand between one another."""
    random = np.random.default_rng(seed)
    canvas = Image.new("RGB", (_CANVAS, _CANVAS), "#fff4d6")
    pen = ImageDraw.Draw(canvas)
    for row in range(13):
        for column in range(13):
            x, y, radius = 44 * column + 22 * (row % 2), 44 * row, random.uniform(12, 20)
            colour = _DOTS[random.integers(len(_DOTS))]
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), colour)
    return _reduced(canvas, side)


def _reduced(canvas: Image.Image, side: int) -> np.ndarray:
    return np.asarray(canvas.resize((side, side), Image.Resampling.BOX), np.float32) / 255
