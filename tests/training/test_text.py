"""The network that writes: its state can be handed on, its loss is measured in the right places, and it learns."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest
import tensorflow as tf
from rich.console import Console

from course_utils.training import text as writing
from course_utils.training.registry import MODELS

QUIET = Console(file=io.StringIO())
RECIPE = MODELS["text"]


def passages(count: int = 3000) -> writing.Passages:
    """A text of four characters in which each follows from the one before."""
    codes = (np.arange(count) % 4).astype(np.int32)
    part = writing.Passage(codes)
    return writing.Passages(part, part, part, tuple("abcd"), "made up")


def test_reading_at_once_and_one_by_one_is_the_same() -> None:
    model = writing.network(5, 8)
    codes = np.array([[0, 3, 1, 4, 2]], np.int32)
    state = tf.zeros([1, 8])
    said, after = model([tf.constant(codes), state])
    for place in range(5):
        one, state = model([tf.constant(codes[:, place : place + 1]), state])
        np.testing.assert_allclose(one[0, 0], said[0, place], atol=1e-6)
    np.testing.assert_allclose(state, after, atol=1e-6)


def test_every_judged_character_is_judged_once_after_enough_others() -> None:
    part = writing.Passage(np.arange(1000, dtype=np.int32))
    read, empty = RECIPE.inputs(part)
    assert len(part) == 900
    assert read.shape == (3, 399)
    assert empty.shape == (3, 256)
    # The outputs from the 100th on are for the characters 100 to 999, each once.
    np.testing.assert_array_equal((read[:, 99:] + 1).ravel(), np.arange(100, 1000))


def test_stretches_to_measure_with_are_spread_evenly() -> None:
    whole, thin = (writing.Passage(np.arange(3000, dtype=np.int32), every) for every in (1, 4))
    assert len(whole) == 2700
    assert len(thin) == 900
    np.testing.assert_array_equal(RECIPE.inputs(thin)[0], RECIPE.inputs(whole)[0][::4])


def test_the_loss_is_the_mean_of_minus_the_logarithm() -> None:
    part = passages(500).test
    read, _ = RECIPE.inputs(part)
    following = np.eye(4)[(read + 1) % 4]
    sure = RECIPE.score([0.7 * following + 0.1 * (1 - following)], part)
    assert sure.accuracy == 1.0
    assert sure.figures["loss"] == pytest.approx(-np.log(0.7))
    wrong = RECIPE.score([0.1 * following + 0.3 * (1 - following)], part)
    assert wrong.accuracy == 0.0
    assert wrong.figures["loss"] == pytest.approx(-np.log(0.1))
    assert wrong.figures["top3_accuracy"] == 0.0


def test_it_learns_what_follows_and_writes_it() -> None:
    short = dataclasses.replace(
        RECIPE, epochs=12, batch_size=8, window=20, build=lambda: writing.network(4, 16)
    )
    data = passages()
    fitted = short.fit(data, 0, None, QUIET)
    said = fitted.model.predict(short.inputs(data.test), verbose=0)
    assert short.score(list(said), data.test).accuracy > 0.99
    assert writing.write(fitted.model, data.characters, "ab", 8, 0.3) == "cdabcdab"


def test_windows_repeat_themselves_with_the_same_seed() -> None:
    codes = np.arange(500, dtype=np.int32)
    one, same, other = (next(iter(RECIPE._windows(codes, 4, seed)))[1].numpy() for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    np.testing.assert_array_equal(np.diff(one, axis=1), 1)
