"""The sprite sheet from which a demo trains: thousands of pictures in one file, made where it is needed.

It holds Fashion-MNIST where that is at hand (`course fetch` brings it; no network is asked here), else clothes that
this project draws. Neither is part of the repository.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from course_utils.data import clothing, sources
from course_utils.data.splits import Splits

#: Where the sheet lies below the folder that the demos' files are served from.
PLACE = "sprites/fashion"
COLUMNS = 100
TRAIN, HELD_BACK = 6000, 1000


def make_sheet(folder: Path) -> Path:
    """Write `sheet.png`, `labels.bin` and `sheet.json` into `folder/sprites/fashion`, unless they are there.

    The first 6,000 pictures of the sheet, row by row, are for training and the last 1,000 are held back. Both come
    from the training part of the data set, so that its test part stays sealed.

    Raises `CourseError` when a file of Fashion-MNIST at hand is damaged.
    """
    target = folder / PLACE
    about = target / "sheet.json"
    paths = [path for file in sources.FASHION if (path := sources.at_hand(file))]
    real = len(paths) == len(sources.FASHION)
    if about.is_file() and json.loads(about.read_text(encoding="utf-8"))["real"] >= real:
        return target
    splits = clothing.read_files(paths) if real else clothing.drawn()
    images, labels = _chosen(splits)
    count, side, _ = images.shape
    target.mkdir(parents=True, exist_ok=True)
    rows = images.reshape(count // COLUMNS, COLUMNS, side, side).transpose(0, 2, 1, 3)
    Image.fromarray(rows.reshape(-1, COLUMNS * side)).save(target / "sheet.png", optimize=True)
    (target / "labels.bin").write_bytes(labels.tobytes())
    description = {
        "source": splits.source.split(",")[0],
        "real": real,
        "classes": list(splits.classes),
        "side": side,
        "columns": COLUMNS,
        "train": TRAIN,
        "held_back": HELD_BACK,
        "bytes": (target / "sheet.png").stat().st_size,
    }
    about.write_text(json.dumps(description, indent=1), encoding="utf-8")
    return target


def file(path: str, folder: Path) -> Path | None:
    """A file of the sheet by its address, such as "sprites/fashion/sheet.json", made in `folder` if need be.

    None for other addresses.
    """
    place, _, name = path.rpartition("/")
    if place != PLACE:
        return None
    found = make_sheet(folder) / name
    return found if found.is_file() else None


def _chosen(splits: Splits) -> tuple[np.ndarray, np.ndarray]:
    parts = ((splits.train, TRAIN), (splits.validation, HELD_BACK))
    images = np.concatenate([part.images[:count] for part, count in parts])
    labels = np.concatenate([part.labels[:count] for part, count in parts])
    return (images * 255).round().astype(np.uint8), labels.astype(np.uint8)
