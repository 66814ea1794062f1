"""Rock, paper, scissors: the real pictures where they are, rendered hands elsewhere, and no hand in two parts."""

import importlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course_utils import data
from course_utils.data.hand_pictures import TEST_PEOPLE

# The function of that name stands before its module in the package.
from course_utils.data.rock_paper_scissors import CLASSES, TEST_RUN, TRAINING_RUN, on_white, read


def runs(counts: tuple[int, ...], length: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures in the order of the archive, paper first; each hand's have one colour of its own."""
    labels = np.repeat([1, 0, 2], [count * length for count in counts])
    hands = np.repeat(np.arange(sum(counts)), length)
    return np.broadcast_to(hands[:, None, None, None], (len(hands), 28, 28, 3)).astype(np.uint8), labels


def test_the_archive_at_hand_is_used_and_no_hand_is_in_two_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (train, train_labels), (test, test_labels) = runs((7, 7, 7), TRAINING_RUN), runs((4, 4, 4), TEST_RUN)
    np.savez(
        tmp_path / "rps_28x28.npz",
        x_train=train,
        y_train=train_labels,
        x_test=100 + test,
        y_test=test_labels,
    )
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    splits = data.rock_paper_scissors()
    assert capsys.readouterr().out.startswith("Rock-Paper-Scissors, 28 × 28 pixels")
    assert splits.classes == CLASSES
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [2160, 360, 372]
    hands = [
        {round(float(value) * 255) for value in part.images[:, 0, 0, 0]}
        for part in (splits.train, splits.validation, splits.test)
    ]
    assert [len(part) for part in hands] == [18, 3, 12]
    assert not hands[0] & hands[1]
    assert np.bincount(splits.validation.labels).tolist() == [120, 120, 120]


@pytest.mark.usefixtures("nothing_at_hand")
def test_without_network_and_archive_hands_are_rendered_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module("course_utils.data.rock_paper_scissors")
    monkeypatch.setattr(module, "_RENDERED", {"train": 12, "validation": 6, "test": 6})
    splits = data.rock_paper_scissors()
    assert capsys.readouterr().out.startswith("Rendered hands on white")
    assert splits.train.images.shape == (12, 28, 28, 3)
    assert np.bincount(splits.test.labels).tolist() == [2, 2, 2]


def test_rendered_hands_stand_on_white_and_repeat_themselves() -> None:
    made = on_white(6, TEST_PEOPLE, seed=1)
    assert np.array_equal(made.images, on_white(6, TEST_PEOPLE, seed=1).images)
    assert made.images.dtype == np.float32
    corners = made.images[:, :2, :2].min(axis=(1, 2, 3))
    assert np.median(corners) > 0.9
    assert (made.images.min(axis=(1, 2, 3)) < 0.8).all()


def official(names: list[str]) -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        for place, name in enumerate(names):
            picture = io.BytesIO()
            Image.new("RGBA", (300, 300), (place, 0, 0, 255)).save(picture, "PNG")
            archive.writestr(name, picture.getvalue())
    return box.getvalue()


def test_an_official_archive_is_reduced_and_labelled_by_its_folders() -> None:
    names = ["rps/rock/rock01-000.png", "rps/scissors/scissors01-000.png", "rps/paper/paper01-000.png"]
    images, labels = read(official(names), 3, "https://example.org/rps.zip")
    assert images.shape == (3, 28, 28, 3)
    # Sorted by name, as the folders are: paper, rock, scissors.
    assert labels.tolist() == [1, 0, 2]
    assert images[:, 0, 0, 0].tolist() == [2, 0, 1]


def test_an_archive_of_another_size_is_refused_by_its_address() -> None:
    with pytest.raises(ValueError, match=r"example\.org/rps\.zip holds 1 pictures of hands, not 3"):
        read(official(["rps/rock/rock01-000.png"]), 3, "https://example.org/rps.zip")
