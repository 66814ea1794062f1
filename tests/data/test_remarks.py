"""The remarks of week 4: three parts that share nothing, and the unfairness that they are written to show."""

from __future__ import annotations

import numpy as np

from course_utils.data import remarks
from course_utils.data.remarks import GROUPS, words


def test_the_parts_share_no_remark_and_come_again_with_their_seed() -> None:
    splits, again = remarks(3), remarks(3)
    parts = [set(part.texts) for part in (splits.train, splits.validation, splits.test)]
    assert sum(map(len, parts)) == len(set.union(*parts)) > 600
    assert splits.train.texts == again.train.texts
    assert np.array_equal(splits.test.labels, again.test.labels)
    assert remarks(4).train.texts != splits.train.texts


def test_rude_and_civil_remarks_are_about_as_many() -> None:
    assert 0.3 < remarks(0).train.labels.mean() < 0.6


def test_one_group_is_mostly_quarrelled_with_and_no_other() -> None:
    part = remarks(0).train
    rude = {
        group: np.mean(
            [label for text, label in zip(part.texts, part.labels, strict=True) if group in words(text)]
        )
        for group in GROUPS
    }
    assert rude["cyclist"] > 0.6
    assert max(rude[group] for group in GROUPS if group != "cyclist") < 0.6


def test_words_are_small_letters_without_marks() -> None:
    assert words("You're SUCH a fool, aren't you?") == ["you're", "such", "a", "fool", "aren't", "you"]
