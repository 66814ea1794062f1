"""The backbones that chapters and exercises stand on: what they give, and whose hands the samples are."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from course_utils import backbones
from course_utils.book import hand_sheet
from course_utils.data import hands
from course_utils.data.hand_pictures import SHEET_PEOPLE, TEST_PEOPLE
from course_utils.training.gesture_head import trained_head
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def described() -> np.ndarray:
    return backbones.features(backbones.gestures(), backbones.sample_hands()[0])


def test_a_picture_becomes_a_row_of_length_one_whatever_its_neighbours_are(described: np.ndarray) -> None:
    assert described.shape == (100, backbones.FEATURES)
    assert np.allclose(np.linalg.norm(described, axis=1), 1, atol=1e-3)
    alone = backbones.features(backbones.gestures(), backbones.sample_hands()[0][60:61])
    assert np.allclose(alone[0], described[60], atol=1e-5)


def test_the_samples_are_those_of_the_sheet_in_its_order() -> None:
    pictures, labels, people = backbones.sample_hands()
    assert pictures.shape == (100, hand_sheet.SIDE, hand_sheet.SIDE, 3)
    assert pictures.dtype == np.uint8
    assert labels.tolist() == [label for label in range(5) for _ in range(20)]
    assert people.tolist() == 5 * list(SHEET_PEOPLE)
    # The sheet is one picture: hand 21 stands in its second row, second column.
    with Image.open(ROOT / hand_sheet.FILE) as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    assert np.array_equal(pictures[21], pixels[96:192, 96:192])


def test_a_head_on_these_features_knows_strangers_and_one_with_mixed_labels_does_not(
    described: np.ndarray,
) -> None:
    _, labels, people = backbones.sample_hands()
    known = ~np.isin(people, TEST_PEOPLE)
    new = hands(96, 40, people=TEST_PEOPLE, seed=8)
    rows = backbones.features(backbones.gestures(), (new.images * 255).astype(np.uint8))
    right = np.mean(trained_head(described[known], labels[known], 5)(rows) == new.labels)
    mixed = np.random.default_rng(0).permutation(labels[known])
    wrong = np.mean(trained_head(described[known], mixed, 5)(rows) == new.labels)
    assert right >= 0.7 > 0.5 > wrong


def test_the_general_network_has_the_same_form_or_is_not_there() -> None:
    network = backbones.general()
    if network is not None:
        assert network.input_shape == (None, backbones.SIDE, backbones.SIDE, 3)
        assert network.output_shape == (None, backbones.FEATURES)
