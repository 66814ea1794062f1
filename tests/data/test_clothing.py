"""Pictures of clothes: what a chapter may rely on, whichever source they come from."""

from __future__ import annotations

import dataclasses
import gzip
from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from course_utils import data
from course_utils.data import sources
from course_utils.data.drawn_clothes import drawn_clothes
from course_utils.errors import CourseError


@pytest.fixture
def at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny Fashion-MNIST in the form of the real one: training pictures are black, test pictures white."""
    folder = tmp_path / "keras_home" / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    arrays = (
        np.zeros((100, 28, 28), np.uint8),
        (np.arange(100) % 10).astype(np.uint8),
        np.full((20, 28, 28), 255, np.uint8),
        (np.arange(20) % 10).astype(np.uint8),
    )
    known = []
    for file, array in zip(sources.FASHION, arrays, strict=True):
        head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        path = tmp_path / "keras_home" / file.path
        path.write_bytes(gzip.compress(head + array.tobytes()))
        known.append(dataclasses.replace(file, size=path.stat().st_size))
    monkeypatch.setattr("course_utils.data.clothing.FASHION", tuple(known))
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    return folder


@pytest.mark.usefixtures("at_hand")
def test_the_real_files_are_read_and_the_test_part_is_the_official_one() -> None:
    fashion = data.fashion()
    assert fashion.source.startswith("Fashion-MNIST")
    assert (len(fashion.train), len(fashion.validation), len(fashion.test)) == (90, 10, 20)
    assert fashion.train.images.max() == 0.0
    assert fashion.test.images.min() == 1.0
    assert fashion.test.labels.tolist() == list(range(10)) * 2


@pytest.mark.usefixtures("nothing_at_hand")
def test_without_them_the_project_s_own_are_used_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    fashion = data.fashion(flat=True)
    assert "drawn by this project" in fashion.source
    assert "drawn by this project" in capsys.readouterr().out
    assert fashion.train.images.shape == (6000, 784)
    for part in (fashion.train, fashion.validation, fashion.test):
        assert part.images.dtype == np.float32
        assert np.bincount(part.labels).tolist() == [len(part) // 10] * 10


def test_a_damaged_file_is_named_with_its_cure(at_hand: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = at_hand / "t10k-labels-idx1-ubyte.gz"
    file.write_bytes(file.read_bytes()[:-9])
    known = [dataclasses.replace(each, size=None) for each in sources.FASHION]
    monkeypatch.setattr("course_utils.data.clothing.FASHION", tuple(known))
    with pytest.raises(CourseError, match=r"t10k-labels.* is damaged .* `course fetch` brings it again"):
        data.fashion()


def test_drawn_clothes_can_be_learned_and_no_two_are_the_same() -> None:
    images, labels = drawn_clothes(600, seed=3)
    again, _ = drawn_clothes(600, seed=3)
    assert np.array_equal(images, again)
    assert len({image.tobytes() for image in images}) == 600
    assert images[:, 0, 0].max() == 0, "they are light on black"
    flat = images.reshape(len(images), -1) / 255.0
    reader = KNeighborsClassifier(3).fit(flat[:400], labels[:400])
    assert reader.score(flat[400:], labels[400:]) > 0.9
