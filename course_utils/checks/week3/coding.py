"""Grey pictures as text, one hexadecimal digit a pixel: small plain data for the inputs of a check."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: The edge of a picture, in pixels.
SIDE = 14
_LEVELS = 15


def encode(images: np.ndarray) -> list[str]:
    """Pictures of shape (n, SIDE, SIDE) with numbers from 0 to 1, as one text each, in sixteen shades."""
    shades = np.rint(np.clip(images, 0, 1) * _LEVELS).astype(int)
    return ["".join(f"{shade:x}" for shade in picture.ravel()) for picture in shades]


def decode(texts: Sequence[str]) -> np.ndarray:
    """The pictures again, float32 of shape (n, SIDE, SIDE)."""
    shades = [[int(digit, 16) for digit in text] for text in texts]
    return (np.array(shades, np.float32) / np.float32(_LEVELS)).reshape(-1, SIDE, SIDE)
