"""The sprite sheet holds the pictures that its description says, in the order of its labels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course_utils.data import clothing, sources
from course_utils.data.sprite_sheet import COLUMNS, HELD_BACK, TRAIN, make_sheet


@pytest.fixture(autouse=True)
def _nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("COURSE_DATA", raising=False)


def cell(sheet: np.ndarray, number: int, side: int = 28) -> np.ndarray:
    """The picture of this number, cut out as a reader of the sheet would."""
    row, column = divmod(number, COLUMNS)
    return sheet[row * side : (row + 1) * side, column * side : (column + 1) * side]


def test_each_picture_lies_at_its_place(tmp_path: Path) -> None:
    folder = make_sheet(tmp_path)
    about = json.loads((folder / "sheet.json").read_text(encoding="utf-8"))
    sheet = np.asarray(Image.open(folder / "sheet.png"))
    labels = np.frombuffer((folder / "labels.bin").read_bytes(), np.uint8)
    drawn = clothing.drawn()

    assert about["source"] == "clothes drawn by this project"
    assert about["bytes"] == (folder / "sheet.png").stat().st_size
    assert sheet.shape == ((TRAIN + HELD_BACK) // COLUMNS * 28, COLUMNS * 28)
    assert len(labels) == about["train"] + about["held_back"] == TRAIN + HELD_BACK
    for number, part in ((0, drawn.train), (1234, drawn.train), (TRAIN + 7, drawn.validation)):
        within = number if number < TRAIN else number - TRAIN
        assert np.array_equal(cell(sheet, number), (part.images[within] * 255).round())
        assert labels[number] == part.labels[within]


def test_it_is_made_once_and_again_when_the_real_pictures_have_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = make_sheet(tmp_path) / "sheet.png"
    before = sheet.stat().st_mtime_ns
    make_sheet(tmp_path)
    assert sheet.stat().st_mtime_ns == before

    monkeypatch.setattr(sources, "at_hand", lambda file: Path(file.path))
    monkeypatch.setattr(clothing, "read_files", lambda paths: clothing.drawn())
    make_sheet(tmp_path)
    assert sheet.stat().st_mtime_ns > before
    assert json.loads((sheet.parent / "sheet.json").read_text(encoding="utf-8"))["real"] is True
