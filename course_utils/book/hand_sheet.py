"""The gesture demo's sample hands: `python -m course_utils.book.hand_sheet` draws them anew from their seed."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from course_utils.data.hand_pictures import SHEET_PEOPLE, hand_sprite

#: Beside the demos' modules, whose lab/gestures/hands.js cuts it up: a row a gesture.
FILE = Path("book/_static/samples/hands.webp")
SIDE = 96
QUALITY = 84


def encode() -> bytes:
    """The sheet as WebP."""
    pixels = hand_sprite(SIDE, len(SHEET_PEOPLE), SHEET_PEOPLE)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", quality=QUALITY, method=6)
    return buffer.getvalue()


def write(root: Path) -> Path:
    """Draw the sheet into the checkout `root` and say where it lies."""
    path = root / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode())
    return path


if __name__ == "__main__":
    written = write(Path(__file__).parents[2])
    print(f"{written}: {written.stat().st_size:,} bytes")
