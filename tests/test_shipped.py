"""What chapters evaluate are the files that pages load."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from course_utils import shipped
from course_utils.errors import CourseError
from tests.conftest import ROOT

MODELS = ROOT / "book" / "_static" / "models"


def test_a_shipped_network_is_the_one_on_its_card() -> None:
    network, card = shipped.network("digits-cnn"), shipped.card("digits-cnn")
    assert card["name"] == "digits-cnn"
    assert network.count_params() == card["parameters"]
    assert network.input_shape[1:] == tuple(card["input"]["shape"])


def test_it_answers_as_the_network_did_before_it_was_made_small_for_the_page() -> None:
    pictures = np.random.default_rng(0).random((20, 28, 28, 1), np.float32)
    trained = keras.models.load_model(MODELS / "digits-cnn" / "digits-cnn.keras")
    answers = np.asarray(shipped.network("digits-cnn")(pictures))
    assert np.abs(answers - np.asarray(trained(pictures))).max() < 0.2
    assert np.allclose(answers.sum(axis=1), 1, atol=1e-4)


def test_another_name_is_answered_by_those_that_there_are() -> None:
    with pytest.raises(CourseError, match=r"No network named digit-cnn .*: take one of .*digits-cnn"):
        shipped.network("digit-cnn")
