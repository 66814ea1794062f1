"""Rendered hands: the same for the same seed, different where people, gestures and places differ."""

import time

import numpy as np
import pytest

from course_utils import data
from course_utils.data import hand_pictures, hand_scenes
from course_utils.data.hand_anatomy import GESTURES, bones, person, pose
from course_utils.errors import UsageError


def test_pictures_have_their_labels_their_people_and_their_source(capsys: pytest.CaptureFixture[str]) -> None:
    made = data.hands(side=48, count=20, people=(2, 7), seed=1)
    assert capsys.readouterr().out.startswith("Rendered hands, 48 × 48 pixels")
    assert made.images.shape == (20, 48, 48, 3)
    assert made.images.dtype == np.float32
    assert made.images.min() >= 0
    assert made.images.max() <= 1
    assert made.classes == GESTURES
    assert np.bincount(made.labels).tolist() == [4, 4, 4, 4, 4]
    assert set(made.person) == {2, 7}
    assert len(made) == 20


def test_the_same_seed_draws_the_same_pictures_and_another_seed_others() -> None:
    first, again, other = (data.hands(side=32, count=6, seed=seed).images for seed in (4, 4, 5))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_picture_does_not_depend_on_how_many_are_drawn() -> None:
    few, many = (data.hands(side=32, count=count, seed=4).images for count in (3, 7))
    assert np.array_equal(few, many[:3])


@pytest.mark.parametrize("gesture", hand_pictures.SHOWN)
def test_every_gesture_can_be_shown(gesture: str) -> None:
    images = data.hands(side=48, count=2, gestures=(gesture,), seed=9).images
    assert np.isfinite(images).all()
    assert images.std() > 0.005


@pytest.mark.parametrize("kind", hand_scenes.KINDS)
def test_every_kind_of_background_can_be_drawn(kind: str) -> None:
    made = hand_scenes.scene(np.random.default_rng(0), person(0), 64, kind).background
    assert made.shape == (80, 80, 3)
    assert np.isfinite(made).all()


def test_an_unknown_gesture_and_nobody_are_refused() -> None:
    with pytest.raises(UsageError, match="no gesture well"):
        data.hands(count=1, gestures=("well",))
    with pytest.raises(UsageError, match="at least one person"):
        data.hands(count=1, people=())


def test_people_differ_and_stay_themselves() -> None:
    skins = np.stack([person(number).skin for number in hand_pictures.PEOPLE])
    apart = np.abs(skins[:, None] - skins).max(axis=-1) + np.eye(len(skins))
    assert apart.min() > 0.03
    assert np.array_equal(person(3).skin, person(3).skin)
    assert not np.allclose(person(3).length, person(4).length)


def test_an_open_hand_reaches_further_than_a_fist_and_scissors_have_two_fingers() -> None:
    random, down = np.random.default_rng(0), np.array([0.0, -1.0, 0.0])

    def highest(gesture: str) -> np.ndarray:
        made = bones(person(0), pose(gesture, random, 0.0), down)
        tips = made.end[made.kind == 2]  # four fingers, then the thumb
        return tips[:4, 1]

    assert (highest("paper") > 150).all()
    assert (highest("rock") < 110).all()
    assert (highest("scissors") > 130).tolist() == [True, True, False, False]


def test_a_hand_stands_out_from_an_empty_place() -> None:
    random = np.random.default_rng(3)
    place = hand_scenes.scene(random, person(0), 64, "wall")
    hold = hand_pictures.held(random, "paper", 64, variety=0.0)
    with_hand = hand_pictures.photograph(np.random.default_rng(1), person(0), "paper", 64, place, hold)
    without = hand_pictures.photograph(np.random.default_rng(1), person(0), "none", 64, place)
    changed = np.abs(with_hand.astype(int) - without).max(axis=-1) > 40
    assert 0.1 < changed.mean() < 0.7


def test_a_burst_shows_one_hand_that_moves_a_little() -> None:
    random = np.random.default_rng(8)
    place = hand_scenes.scene(random, person(1), 48, "room")
    series = hand_pictures.burst(random, person(1), "rock", 48, 6, place).astype(float)
    others = data.hands(side=48, count=6, gestures=("rock",), seed=8).images * 255
    within, between = (np.abs(pictures - pictures.mean(axis=0)).mean() for pictures in (series, others))
    assert 1 < within < 0.6 * between


def test_the_sprite_has_a_row_a_gesture() -> None:
    sprite = data.hand_sprite(side=32, columns=3)
    assert sprite.shape == (5 * 32, 3 * 32, 3)
    assert sprite.dtype == np.uint8
    assert np.array_equal(sprite, data.hand_sprite(side=32, columns=3))


def test_fifty_pictures_are_drawn_in_a_second_of_one_core() -> None:
    data.hands(side=96, count=5)
    begin = time.process_time()
    data.hands(side=96, count=40, seed=2)
    assert time.process_time() - begin < 1.6  # twice what fifty a second would be: machines differ
