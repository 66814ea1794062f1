"""The models that ship: they keep what their cards say, and recognise digits that nobody showed them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from course_utils.conversion.proof.runtimes import Job, run
from course_utils.training import MODELS, card
from course_utils.training.measuring import LARGEST_LOSS
from tests.conftest import ROOT

SHIPPED = ROOT / "book" / "_static" / "models"
LARGEST = {"digits-cnn": 45_000, "digits-mlp": 120_000}  # bytes that a page loads
OTHER_WRITERS = {"digits-cnn": 0.88, "digits-mlp": 0.75}
PARAMETERS = {"digits-cnn": 37_610, "digits-mlp": 118_000}

every_model = pytest.mark.parametrize("name", MODELS)


def folder(name: str) -> Path:
    return SHIPPED / name


@cache
def read(name: str) -> dict:
    return json.loads((folder(name) / "card.json").read_text(encoding="utf-8"))


@cache
def pictures() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's digits, framed like MNIST's: other writers, another scanner, from a fifth of the pixels."""
    from sklearn.datasets import load_digits

    from course_utils.training.digits import framed

    digits = load_digits()
    return framed((digits.images / 16).astype(np.float32))[..., None], digits.target


@cache
def said_by_keras(name: str) -> np.ndarray:
    import keras

    model = keras.models.load_model(folder(name) / f"{name}.keras")
    assert getattr(model, "optimizer", None) is None
    return model.predict(pictures()[0], batch_size=500, verbose=0)


def test_every_shipped_model_has_a_recipe_and_every_recipe_a_model() -> None:
    assert {path.name for path in SHIPPED.iterdir()} == set(MODELS)


@every_model
def test_it_reached_its_bar_on_the_real_data(name: str) -> None:
    told, recipe = read(name), MODELS[name]
    assert told["data"]["source"].startswith(recipe.real_source)
    assert told["test_accuracy"] >= recipe.bar
    assert told["test_accuracy"] - told["shipped"]["test_accuracy"] <= LARGEST_LOSS
    assert np.trace(told["confusion"]) == round(told["test_accuracy"] * told["data"]["test"])
    assert told["command"] == f"course train {name} --seed {told['seed']}"


@every_model
def test_it_is_small(name: str) -> None:
    told = read(name)
    assert told["parameters"] == MODELS[name].build().count_params() <= PARAMETERS[name]
    files = [folder(name) / file for file in told["files"] if not file.endswith(".keras")]
    assert sum(file.stat().st_size for file in files) == told["shipped"]["bytes"] <= LARGEST[name]


@every_model
def test_its_card_is_written_from_its_numbers_and_lists_its_files(name: str) -> None:
    told = read(name)
    assert (folder(name) / "README.md").read_text(encoding="utf-8") == card.readme(told, MODELS[name])
    present = {file.name: file.stat().st_size for file in folder(name).iterdir()}
    assert {**told["files"], **{key: present[key] for key in ("README.md", "card.json")}} == present


@every_model
def test_the_page_s_form_computes_what_the_keras_file_does(name: str) -> None:
    images, _ = pictures()
    pieces = [images[start : start + 300] for start in range(0, len(images), 300)]
    results = run([Job("tfjs-layers", folder(name), [piece], backend="wasm") for piece in pieces])
    assert [result.error for result in results if result.error] == []
    said = np.concatenate([result.outputs[0] for result in results])
    expected = said_by_keras(name)
    assert np.mean(said.argmax(axis=1) == expected.argmax(axis=1)) >= 0.99
    assert np.abs(said - expected).mean() <= 0.01


@every_model
def test_it_recognises_digits_of_other_writers(name: str) -> None:
    """No MNIST is needed to see that these are weights that were trained, and for this."""
    _, labels = pictures()
    assert np.mean(said_by_keras(name).argmax(axis=1) == labels) >= OTHER_WRITERS[name]
