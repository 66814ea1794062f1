"""The gesture demo's sample hands: `python -m course_utils.book.hand_sheet` draws them anew from their seed."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from course_utils.data.hand_pictures import PEOPLE, TEST_PEOPLE, hand_sprite

#: Beside the demos' modules, whose lab/gestures/hands.js cuts it up: a row a gesture.
FILE = Path("book/_static/samples/hands.webp")
SIDE = 96
#: The last hands of a row are there to be recognised, never to be learnt from: they belong to other people.
SHOWN = 5
COLLECTED = 15
QUALITY = 84


def people() -> list[int]:
    """Whose hand each column shows."""
    known = [person for person in PEOPLE if person not in TEST_PEOPLE]
    return [
        *(known[column % len(known)] for column in range(COLLECTED)),
        *(TEST_PEOPLE[column % len(TEST_PEOPLE)] for column in range(SHOWN)),
    ]


def encode() -> bytes:
    """The sheet as WebP."""
    pixels = hand_sprite(SIDE, COLLECTED + SHOWN, people())
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
