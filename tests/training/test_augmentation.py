"""Training pictures are bent as asked, the same way for the same seed, and keep their labels."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from course_utils.data import Examples
from course_utils.training.augmentation import Warp, batches, bend

STRONG = Warp(degrees=15, pixels=2, zoom=0.1, shear=0.1, elastic=1)


def crosses(count: int = 6) -> np.ndarray:
    """White crosses, not in the middle: (count, 28, 28, 1)."""
    images = np.zeros((count, 28, 28, 1), np.float32)
    images[:, 8:16, 11] = images[:, 12, 8:16] = 1
    return images


def middle(image: np.ndarray) -> np.ndarray:
    """The mean place (row, column) of the ink."""
    rows, columns = np.mgrid[:28, :28]
    return np.array([(rows * image).sum(), (columns * image).sum()]) / image.sum()


def bent(warp: Warp, seed: int = 0, number: int = 0) -> np.ndarray:
    return bend(tf.constant(crosses()), warp, seed, tf.constant(number)).numpy()


def test_without_any_amount_a_picture_stays_as_it_is() -> None:
    np.testing.assert_allclose(bent(Warp()), crosses(), atol=1e-5)


def test_a_shift_moves_the_ink_by_no_more_than_asked_and_each_picture_differently() -> None:
    moved = np.array([middle(image[..., 0]) - middle(crosses()[0, ..., 0]) for image in bent(Warp(pixels=2))])
    assert np.abs(moved).max() <= 2.001
    assert np.abs(moved).max() > 0.5
    assert len({tuple(move.round(3)) for move in moved}) == len(moved)


def test_a_rotation_keeps_distances_from_the_centre() -> None:
    def reach(image: np.ndarray) -> float:
        return float(np.linalg.norm(middle(image[..., 0]) - 13.5))

    found = [reach(image) for image in bent(Warp(degrees=20))]
    np.testing.assert_allclose(found, reach(crosses()[0]), atol=0.1)
    assert np.abs(bent(Warp(degrees=20)) - crosses()).max() > 0.3


def test_every_amount_bends_pictures_that_stay_pictures() -> None:
    for warp in (Warp(degrees=10), Warp(pixels=2), Warp(zoom=0.2), Warp(shear=0.3), Warp(elastic=1), STRONG):
        images = bent(warp)
        assert np.abs(images - crosses()).max() > 0.1, warp
        assert images.min() >= 0, warp
        assert images.max() <= 1 + 1e-5, warp
        assert images.sum() > 0.5 * crosses().sum(), warp


def test_a_flip_takes_some_pictures_and_changes_nothing_but_left_and_right() -> None:
    found = {image.tobytes() for image in bent(Warp(flip=True)).round(3)}
    assert found == {crosses()[0].tobytes(), crosses()[0, :, ::-1].tobytes()}


def test_the_share_that_is_not_bent_stays_as_sharp_as_it_was() -> None:
    images = tf.repeat(tf.constant(crosses(1)), 2000, axis=0)
    warp = dataclasses.replace(STRONG, flip=True, share=0.7)
    new = bend(images, warp, 0, tf.constant(0)).numpy()
    sharp = np.array([np.isin(image, (0, 1)).all() for image in new])
    assert np.mean(sharp) == pytest.approx(0.3, abs=0.04)
    sides = {image.tobytes() for image in new[sharp]}
    assert sides == {crosses(1)[0].tobytes(), crosses(1)[0, :, ::-1].tobytes()}


def test_what_comes_in_from_beyond_the_edge_has_the_brightness_asked_for() -> None:
    paper = tf.ones((4, 28, 28, 1))
    assert bend(paper, Warp(pixels=5), 0, tf.constant(0)).numpy().min() == 0.0
    np.testing.assert_allclose(bend(paper, Warp(pixels=5, beyond=1.0), 0, tf.constant(0)), paper, atol=1e-5)


def test_the_channels_of_a_colour_picture_are_bent_alike() -> None:
    colours = crosses() * np.array([1.0, 0.5, 0.25], np.float32)
    images = bend(tf.constant(colours), STRONG, 0, tf.constant(0)).numpy()
    np.testing.assert_allclose(images, bent(STRONG) * np.array([1.0, 0.5, 0.25]), atol=1e-5)


def test_the_same_seed_gives_the_same_pictures_and_another_gives_others() -> None:
    np.testing.assert_array_equal(bent(STRONG), bent(STRONG))
    assert np.abs(bent(STRONG) - bent(STRONG, seed=1)).max() > 0.1
    assert np.abs(bent(STRONG) - bent(STRONG, number=1)).max() > 0.1


def test_batches_go_through_all_pictures_with_their_labels() -> None:
    # Picture number n is grey all over with brightness n, so a batch shows which it took.
    grey = np.repeat(np.arange(10, dtype=np.float32) / 255, 28 * 28).reshape(10, 28, 28, 1)
    examples = Examples(grey, np.arange(10) * 7)
    taken = list(batches(examples, 5, Warp(), seed=3).take(4).as_numpy_iterator())
    for images, labels in taken:
        assert images.shape == (5, 28, 28, 1)
        np.testing.assert_array_equal(np.rint(images[:, 14, 14, 0] * 255) * 7, labels)
    first = np.concatenate([labels for _, labels in taken[:2]])
    second = np.concatenate([labels for _, labels in taken[2:]])
    assert sorted(first) == sorted(second) == sorted(examples.labels)
    assert list(first) != list(second)


def test_batches_repeat_themselves_with_the_same_seed() -> None:
    examples = Examples(crosses(10), np.arange(10))
    one, other = (next(iter(batches(examples, 10, STRONG, seed=1)))[0].numpy() for _ in range(2))
    np.testing.assert_array_equal(one, other)
