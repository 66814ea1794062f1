"""The network that adds: how a sum becomes numbers, how the answer is read, and that it learns."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest
from rich.console import Console

from course_utils import data
from course_utils.data.sums import Sums
from course_utils.training import sums as adding
from course_utils.training.registry import MODELS

QUIET = Console(file=io.StringIO())


@pytest.mark.parametrize(
    ("question", "read"), [("38+94", "49 +83 "), ("7+0", "0  +7  "), ("100+100", "001+001")]
)
def test_a_sum_is_filled_up_and_read_backwards(question: str, read: str) -> None:
    assert adding.read_as(question) == read


def test_the_answer_stands_beside_the_second_number_read() -> None:
    assert adding.written_as("132") == "    231"
    assert adding.written_as("7") == "    7  "


def test_each_character_is_a_row_with_one_1() -> None:
    numbers = adding.encoded(("38+94", "0+0"))
    assert numbers.shape == (2, 7, 12)
    assert numbers.sum(axis=2).tolist() == [[1.0] * 7] * 2
    assert "".join(adding.CHARACTERS[place] for place in numbers[0].argmax(axis=1)) == "49 +83 "


def test_targets_read_as_probabilities_give_the_answers_back() -> None:
    answers = ("0", "7", "45", "132", "200")
    certain = np.eye(len(adding.CHARACTERS))[adding.targets(answers)]
    assert adding.read(certain) == list(answers)


def test_one_wrong_character_makes_an_answer_wrong() -> None:
    part = Sums(("38+94", "1+1", "2+5", "50+50"), ("132", "2", "7", "100"))
    outputs = np.eye(len(adding.CHARACTERS))[adding.targets(("132", "12", "7", "101"))]
    assert MODELS["sums"].score([outputs], part).accuracy == 0.5


def test_what_was_trained_unrolled_is_what_ships() -> None:
    model, unrolled = adding.network(), adding.network(unroll=True)
    unrolled.set_weights(model.get_weights())
    numbers = adding.encoded(("38+94", "100+7"))
    np.testing.assert_allclose(model(numbers), unrolled(numbers), atol=1e-6)


def test_it_learns_without_a_look_at_the_test_part() -> None:
    class Sealed:
        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"a look at the test part: {name}")

    splits = data.sums()
    small = dataclasses.replace(splits, test=Sealed())
    fitted = dataclasses.replace(MODELS["sums"], epochs=6).fit(small, 0, None, QUIET)
    score = MODELS["sums"].score(
        [fitted.model.predict(adding.encoded(splits.train.questions), verbose=0)], splits.train
    )
    assert (
        score.accuracy > 0.02
    )  # of the last character, one in ten is right by chance; of all three, one in 200
    assert fitted.epochs == 6
