"""Training: by epochs it repeats itself, by the clock it ends in time, and the learning rate has its course."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest
from rich.console import Console

from course_utils.data import Examples, Splits
from course_utils.training import fitting
from course_utils.training.augmentation import Warp
from course_utils.training.pictures import PictureRecipe, Stage, Teachers, accuracy
from course_utils.training.recipes import Fit
from course_utils.training.registry import MODELS

QUIET = Console(file=io.StringIO())
GENTLE = Warp(degrees=5, pixels=1)


def stripes() -> Splits:
    """Two classes that a model learns within seconds: upright and lying stripes."""
    random = np.random.default_rng(0)

    def part(count: int) -> Examples:
        labels = np.arange(count) % 2
        images = 0.1 * random.random((count, 28, 28, 1), dtype=np.float32)
        images[labels == 0, 4:24:4] += 0.8
        images[labels == 1, :, 4:24:4] += 0.8
        return Examples(images, labels)

    return Splits(part(256), part(64), part(64), tuple("0123456789"), "stripes")


def recipe(*epochs: int) -> PictureRecipe:
    stages = tuple(Stage(count, 4e-3, GENTLE) for count in epochs)
    return dataclasses.replace(MODELS["digits-mlp"], batch_size=32, stages=stages)


def test_a_run_by_epochs_learns_and_repeats_itself() -> None:
    one, other = (recipe(2, 1).fit(stripes(), 5, None, QUIET) for _ in range(2))
    assert one.epochs == 3
    said = one.model.predict(stripes().validation.images, verbose=0)
    assert accuracy(said, stripes().validation) == 1.0
    for first, second in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_teachers_tell_more_than_the_labels_do() -> None:
    """Teachers that learned nothing leave a model in doubt, in spite of the labels."""
    untrained = Teachers(MODELS["digits-mlp"].build, 1, (Stage(1, 1e-9, GENTLE),), share=0.9)
    taught = dataclasses.replace(recipe(2), teachers=untrained)
    alone, other = (one.fit(stripes(), 5, None, QUIET).model for one in (recipe(2), taught))
    surest = [model.predict(stripes().test.images, verbose=0).max() for model in (alone, other)]
    assert surest[0] > 0.95
    assert surest[1] < 0.6


def test_smoothed_labels_leave_a_model_less_sure_and_as_right() -> None:
    plain, smoothed = (
        dataclasses.replace(recipe(4), smoothing=smoothing).fit(stripes(), 5, None, QUIET).model
        for smoothing in (0.0, 0.3)
    )
    said = [model.predict(stripes().test.images, verbose=0) for model in (plain, smoothed)]
    assert [accuracy(one, stripes().test) for one in said] == [1.0, 1.0]
    assert said[0].max(axis=1).mean() > 0.95
    assert said[1].max(axis=1).mean() == pytest.approx(0.7 + 0.3 / 10, abs=0.1)


def test_a_card_tells_what_was_bent_and_smoothed_and_is_silent_where_all_was_plain() -> None:
    def told(model: PictureRecipe) -> str:
        described = model.described(
            stripes(), Fit(model.build(), 1, 1), [np.eye(10)[[0, 1] * 32]], whole=True
        )
        return " ".join(model.sections(described).training)

    assert "Not every picture" not in told(recipe(1))
    assert "spread over all classes" not in told(recipe(1))
    sharp = dataclasses.replace(GENTLE, share=0.25)
    other = dataclasses.replace(
        recipe(1), stages=(Stage(1, 4e-3, GENTLE), Stage(1, 4e-3, sharp)), smoothing=0.1
    )
    assert "100% in stage 1 and 25% in stage 2" in told(other)
    assert "Of each label 10% is spread over all classes" in told(other)


def test_another_seed_gives_another_model() -> None:
    one, other = (recipe(1).fit(stripes(), seed, None, QUIET) for seed in (0, 1))
    assert np.abs(one.model.get_weights()[0] - other.model.get_weights()[0]).max() > 0.01


def test_a_run_by_the_clock_ends_in_time() -> None:
    fitted = recipe(1).fit(stripes(), 0, 3.0, QUIET)
    assert 3.0 <= fitted.seconds < 120.0  # a machine may be slow to begin
    assert fitted.epochs > 0


def test_the_result_holds_nothing_of_the_optimizer() -> None:
    fitted = recipe(1).fit(stripes(), 0, None, QUIET)
    assert getattr(fitted.model, "optimizer", None) is None
    assert len(fitted.model.weights) == 6


def test_the_progress_is_shown() -> None:
    shown = io.StringIO()
    recipe(2).fit(stripes(), 0, None, Console(file=shown, force_terminal=True, width=100))
    assert "Training digits-mlp" in shown.getvalue()
    assert "loss" in shown.getvalue()
    assert "100%" in shown.getvalue()


@pytest.mark.parametrize(("done", "share"), [(0.05, 1.0), (0.525, 0.5), (1.0, 0.0), (1.2, 0.0)])
def test_the_learning_rate_falls_along_a_cosine(done: float, share: float) -> None:
    assert fitting.rate(done) == pytest.approx(share, abs=1e-9)


def test_the_learning_rate_rises_first() -> None:
    rates = [fitting.rate(done) for done in np.linspace(0, 0.05, 9)]
    assert 0 < rates[0] < 0.2
    assert rates == sorted(rates)
