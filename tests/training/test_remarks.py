"""The model that judges remarks: its words, its input, and that what ships is what was trained."""

from __future__ import annotations

import dataclasses
import io
import json

import numpy as np
from rich.console import Console

from course_utils.data.remarks import Remarks
from course_utils.training import remarks as judging
from course_utils.training.registry import MODELS
from tests.conftest import ROOT

FOLDER = ROOT / "book" / "_static" / "models" / "remarks"
QUIET = Console(file=io.StringIO())


def told() -> dict:
    return json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))


def test_a_word_is_known_when_three_remarks_hold_it() -> None:
    texts = ["One two.", "Two, two!", "two three", "Three one", "three four four four"]
    assert judging.vocabulary(texts) == ("three", "two")


def test_a_word_counts_once_and_an_unknown_one_not_at_all() -> None:
    found = judging.rows(["No, no, no.", "A yes and a no", "Perhaps"], ("no", "yes"))
    assert found.tolist() == [[1, 0], [1, 1], [0, 0]]


def test_a_remark_from_one_half_on_is_called_rude() -> None:
    part = Remarks(("a", "b", "c", "d"), np.array([1, 1, 0, 0]))
    score = MODELS["remarks"].score([np.array([[0.5], [0.4], [0.9], [0.1]])], part)
    assert (score.accuracy, score.figures["found"], score.figures["false_alarms"]) == (0.5, 0.5, 0.5)


def test_it_learns_without_a_look_at_the_test_part() -> None:
    class Sealed:
        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"a look at the test part: {name}")

    forum = judging.forum()
    short = dataclasses.replace(MODELS["remarks"], epochs=3)
    fitted = short.fit(dataclasses.replace(forum, test=Sealed()), 0, None, QUIET)
    said = fitted.model.predict(judging.rows(forum.train.texts, forum.vocabulary), verbose=0)
    assert short.score([said], forum.train).accuracy > 0.85
    assert fitted.epochs == 3


def test_the_card_holds_the_words_the_weights_and_the_remarks_held_back() -> None:
    import keras

    forum, card = judging.forum(), told()
    assert tuple(card["vocabulary"].split()) == forum.vocabulary == tuple(card["weights"])
    weights, bias = keras.models.load_model(FOLDER / "remarks.keras").get_layer("rude").get_weights()
    np.testing.assert_allclose(list(card["weights"].values()), weights[:, 0], atol=1e-4)
    assert abs(card["bias"] - bias[0]) < 1e-4
    for name in ("validation", "test"):
        part = getattr(forum, name)
        assert card["held_back"][name]["texts"] == list(part.texts)
        assert card["held_back"][name]["labels"] == "".join(map(str, part.labels))
    assert card["groups"]["cyclist"] == max(card["groups"].values())
