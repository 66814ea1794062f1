"""The digits: what a chapter may rely on, whichever source they come from."""

from pathlib import Path

import numpy as np
import pytest

from course_utils import data
from course_utils.data import sources


def small_mnist(path: Path) -> None:
    random = np.random.default_rng(0)
    path.parent.mkdir(parents=True)
    np.savez(
        path,
        x_train=random.integers(0, 256, (6100, 28, 28), dtype=np.uint8),
        y_train=np.arange(6100, dtype=np.uint8) % 10,
        x_test=np.full((50, 28, 28), 255, dtype=np.uint8),
        y_test=np.arange(50, dtype=np.uint8) % 10,
    )


@pytest.mark.usefixtures("nothing_at_hand")
def test_without_network_and_cache_the_bundled_digits_are_used_and_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    digits = data.digits()
    assert "scikit-learn's bundled digits" in digits.source
    assert "scikit-learn's bundled digits" in capsys.readouterr().out
    assert len(digits.train) + len(digits.validation) + len(digits.test) == 1797


@pytest.mark.usefixtures("nothing_at_hand")
def test_images_are_ink_between_0_and_1_and_labels_are_classes() -> None:
    digits = data.digits()
    for part in (digits.train, digits.validation, digits.test):
        assert part.images.dtype == np.float32
        assert part.images.min() == 0.0
        assert part.images.max() == 1.0
        assert part.labels.dtype == np.int64
        assert set(part.labels) == set(range(len(digits.classes)))


@pytest.mark.usefixtures("nothing_at_hand")
def test_no_picture_is_in_two_parts() -> None:
    digits = data.digits(flat=True)
    parts = [
        {row.tobytes() for row in part.images} for part in (digits.train, digits.validation, digits.test)
    ]
    # scikit-learn's set holds no picture twice, so equal bytes would mean a leak between parts.
    assert sum(map(len, parts)) == 1797
    assert len(parts[0] | parts[1] | parts[2]) == 1797


@pytest.mark.usefixtures("nothing_at_hand")
def test_flat_pictures_are_rows() -> None:
    assert data.digits(flat=True).test.images.shape == (360, 64)


def test_mnist_at_hand_is_used_and_its_test_part_is_the_official_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keras_home" / "datasets" / "mnist.npz"
    small_mnist(path)
    monkeypatch.setattr("course_utils.data.handwriting.MNIST", _sized(path))
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    digits = data.digits()
    assert digits.source.startswith("MNIST")
    assert len(digits.train) == 100
    assert len(digits.validation) == 6000
    assert digits.test.images.min() == 1.0  # the all-white test pictures, and they alone
    assert digits.train.images.mean() < 0.6


def _sized(path: Path) -> sources.RemoteFile:
    known = sources.MNIST
    return sources.RemoteFile(known.title, known.path, known.url, known.sha256, path.stat().st_size)
