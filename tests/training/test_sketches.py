"""The recogniser of sketches: it has its size, its card, and it knows drawings that no person made."""

from __future__ import annotations

import json
from functools import cache

import keras
import numpy as np
import pytest

from course_utils.data import drawings, quick_draw
from course_utils.data.generated_sketches import drawing
from course_utils.training import MODELS, measuring
from tests.conftest import ROOT

FOLDER = ROOT / "book" / "_static" / "models" / "sketches"


@cache
def model() -> keras.Model:
    return keras.models.load_model(FOLDER / "sketches.keras")


@cache
def told() -> dict:
    return json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))


def test_the_card_is_of_the_real_drawings_and_the_recipe_that_stands() -> None:
    recipe = MODELS["sketches"]
    assert told()["data"]["source"].startswith("Quick, Draw!")
    assert told()["data"]["test"] == 2800
    assert told()["test_accuracy"] >= recipe.bar
    assert told()["parameters"] == model().count_params() == recipe.build().count_params()
    assert told()["classes"] == list(quick_draw.CLASSES)


def test_the_card_tells_how_it_was_trained() -> None:
    recipe = MODELS["sketches"]
    assert told()["training"].items() >= json.loads(json.dumps(recipe.training(whole=True))).items()
    text = "\n".join(recipe.sections(told()).training)
    assert "one network, asked about the picture and its mirror image" in text
    assert "started from MobileNetV2" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_what_the_page_loads_is_small() -> None:
    assert told()["shipped"]["bytes"] <= 1_000_000
    assert told()["test_accuracy"] - told()["shipped"]["test_accuracy"] <= measuring.LARGEST_LOSS


def test_it_knows_drawings_that_the_course_makes() -> None:
    random = np.random.default_rng(7)
    forms, labels = [], []
    for label, name in enumerate(quick_draw.CLASSES):
        forms += [drawings.sketch_form(drawing(name, random)) for _ in range(15)]
        labels += [label] * 15
    said = model().predict(np.stack(forms)[..., None], verbose=0).argmax(axis=1)
    assert np.mean(said == np.array(labels)) >= 0.8


def test_sharp_lines_do_not_make_a_train() -> None:
    """A network that was shown blurred lines only calls the sharpest drawings of anything a train."""
    random = np.random.default_rng(7)
    things = quick_draw.CLASSES[: quick_draw.CLASSES.index("train")]
    forms = np.stack([drawings.sketch_form(drawing(name, random)) for name in things for _ in range(30)])
    sharp = np.clip((forms[..., None] - 0.5) * 3 + 0.5, 0, 1)
    said = model().predict(sharp, verbose=0).argmax(axis=1)
    assert np.mean(said == np.repeat(np.arange(len(things)), 30)) >= 0.97


@pytest.mark.parametrize("mirrored", [False, True])
def test_it_does_not_matter_which_way_a_bicycle_goes(mirrored: bool) -> None:
    random = np.random.default_rng(1)
    forms = np.stack([drawings.sketch_form(drawing("bicycle", random)) for _ in range(12)])[..., None]
    said = model().predict(forms[:, :, ::-1] if mirrored else forms, verbose=0).argmax(axis=1)
    assert np.mean(said == quick_draw.CLASSES.index("bicycle")) >= 0.9
