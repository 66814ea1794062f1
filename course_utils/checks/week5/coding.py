"""Pictures of hands as text: WebP in base 64, small plain data for the inputs of a check."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

_QUALITY = 60


def encode(pictures: np.ndarray) -> list[str]:
    """Pictures, uint8 of shape (n, side, side, 3), as one text each."""
    texts = []
    for picture in pictures:
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "WEBP", quality=_QUALITY)
        texts.append(base64.b64encode(file.getvalue()).decode("ascii"))
    return texts


def decode(texts: Sequence[str]) -> np.ndarray:
    """The pictures again, nearly the same, uint8 of shape (n, side, side, 3)."""
    opened = (Image.open(io.BytesIO(base64.b64decode(text))) for text in texts)
    return np.stack([np.asarray(picture.convert("RGB")) for picture in opened])
