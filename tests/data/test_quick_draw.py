"""The sketches: where they come from, how they are split, and what is refused."""

from __future__ import annotations

import functools
import io
from pathlib import Path

import numpy as np
import pytest

from course_utils import data
from course_utils.data import quick_draw, sources
from course_utils.data.generated_sketches import drawing


def archive(path: Path, count: int = 40) -> None:
    """A file in the form of the real one, in which each picture tells its class and its place in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {}
    for label, name in enumerate(quick_draw.CLASSES):
        pictures = np.zeros((count, 28, 28), np.uint8)
        pictures[:, 0, 0] = 10 * label
        pictures[:, 0, 1] = np.arange(count)
        arrays[name] = pictures.reshape(count, 784)
    np.savez(path, **arrays)


@pytest.mark.usefixtures("nothing_at_hand")
def test_without_network_and_cache_the_courses_own_drawings_are_used(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick_draw, "GENERATED", 30)
    splits = data.sketches()
    assert "drawings made by the course" in splits.source
    assert "drawings made by the course" in capsys.readouterr().out
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [250, 20, 30]
    for part in (splits.train, splits.validation, splits.test):
        assert part.images.shape[1:] == (28, 28)
        assert part.images.dtype == np.float32
        assert (part.images.min(), part.images.max()) == (0, 1)
        assert set(part.labels) == set(range(10))


def test_the_folder_of_real_data_comes_first_and_the_test_part_is_the_last_tenth_of_each_class(
    nothing_at_hand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = nothing_at_hand / "real"
    archive(folder / "quickdraw_10.npz")
    monkeypatch.setenv("COURSE_DATA", str(folder))
    splits = data.sketches()
    assert splits.source.startswith("Quick, Draw!")
    rows = {part: {} for part in ("train", "validation", "test")}
    for part, found in rows.items():
        images = np.rint(getattr(splits, part).images * 255).astype(int)
        assert np.array_equal(images[:, 0, 0], 10 * getattr(splits, part).labels)
        for label in range(10):
            found[label] = images[getattr(splits, part).labels == label, 0, 1].tolist()
    for label in range(10):
        assert rows["test"][label] == [36, 37, 38, 39]
        assert sorted(rows["train"][label] + rows["validation"][label]) == list(range(36))
        assert len(rows["validation"][label]) == 3


def test_every_kind_of_drawing_can_be_made_and_no_two_are_alike() -> None:
    random = np.random.default_rng(3)
    for name in quick_draw.CLASSES:
        first, second = drawing(name, random), drawing(name, random)
        assert all(stroke.shape[1] == 2 and len(stroke) >= 2 for stroke in first)
        everything = np.concatenate(first)
        assert 40 < np.ptp(everything, axis=0).max() < 200
        assert len(first) != len(second) or not np.array_equal(first[0], second[0])


def official(count: int, *, dtype: type = np.uint8, width: int = 784, ink: int = 150) -> bytes:
    pictures = np.zeros((count, width), dtype)
    pictures[:, :ink] = 200
    file = io.BytesIO()
    np.save(file, pictures)
    return file.getvalue()


def test_the_beginning_of_an_official_file_is_read_and_checked() -> None:
    whole = official(50)
    read = quick_draw.check(whole[: 128 + 784 * 20], len(whole), 20, "address")
    assert read.shape == (20, 28, 28)
    assert read[0, 0, 0] == 200


@pytest.mark.parametrize(
    ("received", "whole", "reason"),
    [
        (b"<html>nothing here</html>", None, "something else than a NumPy file"),
        (official(50, dtype=np.float32), None, "something else than 20 pictures"),
        (official(50, width=100), None, "something else than 20 pictures"),
        (official(10), None, "something else than 20 pictures"),
        (official(50), 4711, "not the size that its head says"),
        (official(50)[:4000], None, "broke off"),
        (official(50, ink=0), None, "something else than drawings"),
    ],
)
def test_what_is_not_such_a_file_is_refused(received: bytes, whole: int | None, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        quick_draw.check(received, whole, 20, "address")


def test_a_download_is_kept_and_used_again(nothing_at_hand: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def read(name: str, count: int = 30) -> np.ndarray:
        asked.append(name)
        return np.full((count, 28, 28), 100, np.uint8)

    monkeypatch.setattr(sources, "reachable", functools.cache(lambda host: host == "storage.googleapis.com"))
    monkeypatch.setattr(quick_draw, "read_first", read)
    assert data.sketches().source.startswith("Quick, Draw!")
    assert asked == list(quick_draw.CLASSES)
    assert (nothing_at_hand / "datasets" / "quickdraw_10.npz").is_file()
    data.sketches()
    assert len(asked) == 10


@pytest.mark.usefixtures("nothing_at_hand")
def test_an_address_that_fails_is_told_and_the_default_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(name: str) -> np.ndarray:
        raise OSError("no route")

    monkeypatch.setattr(quick_draw, "GENERATED", 20)
    monkeypatch.setattr(sources, "reachable", functools.cache(lambda host: True))
    monkeypatch.setattr(quick_draw, "read_first", fail)
    assert "made by the course" in data.sketches().source
    assert "Quick, Draw! could not be downloaded (no route)" in capsys.readouterr().out
