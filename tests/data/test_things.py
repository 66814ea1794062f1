"""Small colour pictures: what a chapter may rely on when CIFAR-10 is not at hand."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import data
from course_utils.data import small_clothes, small_photographs


@pytest.mark.usefixtures("nothing_at_hand")
def test_drawings_stand_in_and_are_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_photographs, "_DRAWN", {"train": 6, "validation": 2, "test": 2})
    things = data.things()
    assert capsys.readouterr().out.startswith("Drawings coloured by the course")
    assert things.train.images.shape == (60, 32, 32, 3)
    assert things.train.images.dtype == np.float32
    assert 0 <= things.train.images.min() < things.train.images.max() <= 1
    for part in (things.train, things.validation, things.test):
        assert np.bincount(part.labels).tolist() == [len(part) // 10] * 10
    assert not np.array_equal(things.validation.images, things.test.images)
    assert np.array_equal(data.things().train.images, things.train.images), "the same each time"


def test_small_clothes_depend_on_their_seed_alone() -> None:
    first, again, other = (small_clothes(20, seed) for seed in (5, 5, 6))
    assert first.images.shape == (20, 14, 14)
    assert first.images.max() <= 1
    assert np.array_equal(first.images, again.images)
    assert not np.array_equal(first.images, other.images)
    assert np.bincount(first.labels).tolist() == [2] * 10
