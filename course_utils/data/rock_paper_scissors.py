"""Rock, paper and scissors: Laurence Moroney's pictures where they can be had, else hands that the course renders."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from course_utils.data import sources
from course_utils.data.hand_anatomy import bones, person
from course_utils.data.hand_drawing import draw
from course_utils.data.hand_pictures import held
from course_utils.data.hand_scenes import any_light
from course_utils.data.splits import Examples, Splits

#: The classes, in the order of their labels.
CLASSES = ("rock", "paper", "scissors")
SIDE = 28
SOURCE = "Rock-Paper-Scissors, 28 × 28 pixels"
#: In the order of the file, each hand makes one movement of so many pictures.
TRAINING_RUN, TEST_RUN = 120, 31

_ADDRESS = "https://storage.googleapis.com/download.tensorflow.org/data/{name}"
_PARTS = {
    "train": sources.RemoteFile(
        "Rock-Paper-Scissors, training part", "datasets/rps.zip", _ADDRESS.format(name="rps.zip")
    ),
    "test": sources.RemoteFile(
        "Rock-Paper-Scissors, test part",
        "datasets/rps-test-set.zip",
        _ADDRESS.format(name="rps-test-set.zip"),
    ),
}
_COUNTS = {"train": 2520, "test": 372}
_ARCHIVE = "rps_28x28.npz"
# Of the hands of each class, in the order of the file, the one that is kept for validation.
_VALIDATION_HAND = 3
# How many pictures are rendered where there are none.
_RENDERED = {"train": 1500, "validation": 300, "test": 300}
_RENDERED_PEOPLE = {"train": range(6), "validation": (6,), "test": range(7, 10)}


def rock_paper_scissors() -> Splits:
    """Hands that show rock, paper or scissors before a white ground: (n, 28, 28, 3), colours from 0 to 1.

    Laurence Moroney's pictures, drawn by a computer, are used when `rps_28x28.npz` lies in the folder `COURSE_DATA`
    or in Keras' cache, or when they can be downloaded (230 MB, reduced to 2.5 MB); otherwise hands that the course
    renders.

    The test part is the official one, of other hands than those to train with. The pictures of one hand follow each
    other and hardly differ, so the validation part is one whole hand of each class.
    """
    path = sources.archive_at_hand(_ARCHIVE) or _fetched()
    splits = _real(path) if path is not None else _rendered()
    print(splits)
    return splits


def _real(path: Path) -> Splits:
    with np.load(path) as archive:
        pictures = {part: archive[f"x_{part}"].astype(np.float32) / np.float32(255) for part in _COUNTS}
        labels = {part: archive[f"y_{part}"].astype(np.int64) for part in _COUNTS}
    held = np.zeros(len(labels["train"]), bool)
    for label in range(len(CLASSES)):
        rows = np.flatnonzero(labels["train"] == label)
        held[rows[_VALIDATION_HAND * TRAINING_RUN : (_VALIDATION_HAND + 1) * TRAINING_RUN]] = True
    return Splits(
        Examples(pictures["train"][~held], labels["train"][~held]),
        Examples(pictures["train"][held], labels["train"][held]),
        Examples(pictures["test"], labels["test"]),
        classes=CLASSES,
        source=SOURCE,
    )


def _rendered() -> Splits:
    parts = [on_white(_RENDERED[part], _RENDERED_PEOPLE[part], seed) for seed, part in enumerate(_RENDERED)]
    return Splits(*parts, classes=CLASSES, source="Rendered hands on white, 28 × 28 pixels")


def on_white(count: int, people: Sequence[int], seed: int, side: int = SIDE) -> Examples:
    """Rendered hands that look much as the real pictures do: mostly upright, before white."""
    labels = np.arange(count, dtype=np.int64) % len(CLASSES)
    images = np.empty((count, side, side, 3), np.float32)
    for number, label in enumerate(labels):
        random = np.random.default_rng([29, seed, number])
        who = person(int(random.choice(people)))
        hold = held(random, CLASSES[label], side, variety=0.7)
        drawn = draw(bones(who, hold.pose, hold.wrist), who, hold.view, any_light(random), side)
        cover = drawn.cover[..., None]
        images[number] = drawn.colours * cover + (1 - cover) * random.uniform(0.96, 1.0)
    return Examples(np.clip(images, 0, 1), labels)


def _fetched() -> Path | None:
    """The pictures, downloaded into Keras' cache, or None when they cannot be had."""
    if not sources.reachable(urlsplit(_ADDRESS).hostname or ""):
        return None
    try:
        return download()
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        print(f"Rock-Paper-Scissors could not be downloaded ({error}); rendered hands are used instead.")
        return None


def download() -> Path:
    """Bring the official pictures into Keras' cache, reduced to 28 × 28, and return the archive's path.

    Raises `OSError` when an address cannot be read, `ValueError` when it answers with something else.
    """
    arrays = {}
    for part, file in _PARTS.items():
        archive = sources.at_hand(file) or sources.download(file)
        arrays[f"x_{part}"], arrays[f"y_{part}"] = read(archive.read_bytes(), _COUNTS[part], file.url)
        archive.unlink()
    path = sources.cached_archive(_ARCHIVE)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as out:
            np.savez_compressed(out, **arrays)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def read(archive: bytes, count: int, address: str) -> tuple[np.ndarray, np.ndarray]:
    """The pictures and labels in one of the official archives: uint8 (count, 28, 28, 3) and (count,).

    Raises `ValueError` naming `address` when it holds another number of pictures.
    """
    images, labels = [], []
    with zipfile.ZipFile(io.BytesIO(archive)) as box:
        names = sorted(name for name in box.namelist() if name.endswith(".png"))
        # Paper first, as the folders are sorted; the labels are those of the course.
        for name in names:
            folder = name.split("/")[-2]
            if folder not in CLASSES:
                continue
            with Image.open(box.open(name)) as picture:
                small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
            images.append(np.asarray(small))
            labels.append(CLASSES.index(folder))
    if len(images) != count:
        raise ValueError(f"{address} holds {len(images):,} pictures of hands, not {count:,}")
    return np.stack(images), np.array(labels, np.uint8)
