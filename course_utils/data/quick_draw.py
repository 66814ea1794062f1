"""Drawings in ten classes: Quick, Draw! where it can be had, else drawings that the course makes itself."""

from __future__ import annotations

import io
import os
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from course_utils.data import sources
from course_utils.data.drawings import SIDE, sketch_form
from course_utils.data.generated_sketches import drawing
from course_utils.data.splits import Examples, Splits

#: The classes, in the order of their labels.
CLASSES = ("apple", "bicycle", "cat", "diamond", "eye", "fish", "bowtie", "lollipop", "rainbow", "train")

ADDRESS = "https://storage.googleapis.com/quickdraw_dataset/full/numpy_bitmap/{name}.npy"
#: The first so many drawings of each class: the files hold over a hundred thousand.
DOWNLOADED = 3000
#: So many of each class are made where there are none.
GENERATED = 250

_ARCHIVE = "quickdraw_10.npz"
_SECONDS = 20.0


def sketches() -> Splits:
    """Drawings of ten things, 28 × 28 pixels, ink from 0 to 1.

    Those of Quick, Draw! are used when `quickdraw_10.npz` lies in the folder `COURSE_DATA` or in Keras' cache, or
    when they can be downloaded; otherwise drawings that the course makes, with strokes that vary at random.

    The test part is the last tenth of each class in the order of the file. Validation pictures are a tenth of the
    rest, drawn at random.
    """
    path = sources.archive_at_hand(_ARCHIVE) or _fetched()
    if path is not None:
        with np.load(path) as archive:
            pictures = [archive[name].reshape(-1, SIDE, SIDE) for name in CLASSES]
        splits = split(pictures, "Quick, Draw!, 28 × 28 pixels")
    else:
        random = np.random.default_rng(0)
        pictures = [np.stack([_pixels(drawing(name, random)) for _ in range(GENERATED)]) for name in CLASSES]
        splits = split(pictures, "drawings made by the course, 28 × 28 pixels")
    print(splits)
    return splits


def split(pictures: list[np.ndarray], source: str) -> Splits:
    """The three parts of pictures that are given class by class, as uint8 of shape (n, 28, 28)."""
    random = np.random.default_rng(0)
    parts: tuple[list, list, list] = ([], [], [])
    for label, drawings in enumerate(pictures):
        tested = len(drawings) // 10
        order = random.permutation(len(drawings) - tested)
        validated = len(order) // 10
        rows = (np.sort(order[validated:]), np.sort(order[:validated]), np.arange(len(order), len(drawings)))
        for part, chosen in zip(parts, rows, strict=True):
            part.append((drawings[chosen], np.full(len(chosen), label, np.int64)))
    examples = [
        Examples(
            np.concatenate([images for images, _ in part]).astype(np.float32) / np.float32(255),
            np.concatenate([labels for _, labels in part]),
        )
        for part in parts
    ]
    return Splits(*examples, classes=CLASSES, source=source)


def _pixels(strokes: list[np.ndarray]) -> np.ndarray:
    return np.rint(sketch_form(strokes) * 255).astype(np.uint8)


def _fetched() -> Path | None:
    """Quick, Draw!, downloaded into Keras' cache, or None when it cannot be had."""
    if not sources.reachable(urlsplit(ADDRESS).hostname or ""):
        return None
    try:
        return download()
    except (OSError, ValueError) as error:
        print(f"Quick, Draw! could not be downloaded ({error}); the course's own drawings are used instead.")
        return None


def download() -> Path:
    """Bring the first drawings of each class into Keras' cache and return the archive's path.

    The files of Quick, Draw! grow, so there is no checksum to hold them to: each must be what its head says, as
    long as its head says, and hold drawings. Raises `OSError` when an address cannot be read, `ValueError` when it
    answers with something else.
    """
    drawings = {name: read_first(name) for name in CLASSES}
    path = sources.cached_archive(_ARCHIVE)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as out:
            np.savez_compressed(out, **drawings)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def read_first(name: str, count: int = DOWNLOADED) -> np.ndarray:
    """The first `count` drawings of one class, uint8 of shape (count, 28, 28), read from its official file alone."""
    url = ADDRESS.format(name=name.replace(" ", "%20"))
    wanted = 4096 + count * SIDE * SIDE  # NumPy's head takes up far less than 4096 bytes
    request = urllib.request.Request(url, headers={"Range": f"bytes=0-{wanted - 1}"})
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
        received = answer.read(wanted)
        whole = _whole_size(answer.headers)
    return check(received, whole, count, url)


def check(received: bytes, whole: int | None, count: int, url: str) -> np.ndarray:
    """The drawings in the beginning of a .npy file; raises `ValueError` when it is not one of Quick, Draw!.

    Args:
        received: the beginning.
        whole: how many bytes the server says the file has, where it says so.
        count: the drawings wanted.
        url: where it came from, for the sentence.
    """
    file = io.BytesIO(received)
    try:
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, by_column, dtype = read(file)
    except ValueError as error:
        raise ValueError(f"{url} answered with something else than a NumPy file") from error
    start = file.tell()
    if dtype != np.uint8 or by_column or len(shape) != 2 or shape[1] != SIDE * SIDE or shape[0] < count:
        raise ValueError(f"{url} holds something else than {count:,} pictures of 28 × 28 bytes")
    if whole is not None and whole != start + shape[0] * shape[1]:
        raise ValueError(f"{url} has not the size that its head says")
    body = np.frombuffer(received, np.uint8, offset=start)
    if len(body) < count * SIDE * SIDE:
        raise ValueError(f"{url} broke off")
    pictures = body[: count * SIDE * SIDE].reshape(count, SIDE, SIDE)
    inked = (pictures > 0).mean(axis=(1, 2))
    if not 0.02 < np.median(inked) < 0.8:
        raise ValueError(f"{url} holds something else than drawings")
    return pictures


def _whole_size(headers: object) -> int | None:
    """The file's size, as told in an answer to a request for its beginning."""
    told = headers.get("Content-Range", "").rpartition("/")[2] or headers.get("Content-Length", "")
    return int(told) if told.isdigit() else None
