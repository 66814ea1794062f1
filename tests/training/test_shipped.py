"""The models that ship: they keep what their cards say, and recognise digits that nobody showed them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from course_utils import data
from course_utils.conversion.proof.runtimes import Job, run
from course_utils.training import MODELS, card
from course_utils.training import sums as adding
from course_utils.training import text as writing
from course_utils.training.measuring import LARGEST_LOSS
from tests.conftest import ROOT

SHIPPED = ROOT / "book" / "_static" / "models"
LARGEST = {
    "cats-dogs": 1_000_000,
    "digits-cnn": 45_000,
    "digits-mlp": 120_000,
    "fashion-cnn": 250_000,
    "pictures": 1_900_000,
    "remarks": 2_000,
    "shapes": 100_000,
    "sums": 150_000,
    "text": 600_000,
}  # bytes that a page loads
OTHER_WRITERS = {"digits-cnn": 0.88, "digits-mlp": 0.75}
PARAMETERS = {
    "cats-dogs": 500_000,
    "digits-cnn": 37_610,
    "digits-mlp": 118_000,
    "fashion-cnn": 120_000,
    "pictures": 850_000,
    "remarks": 200,
    "shapes": 90_000,
    "sums": 40_000,
    "text": 2_000_000,
}

every_model = pytest.mark.parametrize("name", LARGEST)
every_reader_of_digits = pytest.mark.parametrize("name", OTHER_WRITERS)


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
    assert set(LARGEST) <= set(MODELS)


@every_model
def test_it_reached_its_bar_on_the_real_data(name: str) -> None:
    told, recipe = read(name), MODELS[name]
    assert told["data"]["source"].startswith(recipe.real_source)
    assert told["test_accuracy"] >= recipe.bar
    assert told["test_accuracy"] - told["shipped"]["test_accuracy"] <= LARGEST_LOSS
    if "confusion" in told:
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


@every_reader_of_digits
def test_the_page_s_form_computes_what_the_keras_file_does(name: str) -> None:
    [said] = in_the_page(name, [pictures()[0]])
    expected = said_by_keras(name)
    assert np.mean(said.argmax(axis=1) == expected.argmax(axis=1)) >= 0.99
    assert np.abs(said - expected).mean() <= 0.01


def in_the_page(name: str, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """What the shipped form says, run by TensorFlow.js 300 rows at a time."""
    starts = range(0, len(inputs[0]), 300)
    jobs = [
        Job("tfjs-layers", folder(name), [rows[start : start + 300] for rows in inputs], backend="wasm")
        for start in starts
    ]
    results = run(jobs)
    assert [result.error for result in results if result.error] == []
    return [np.concatenate(pieces) for pieces in zip(*(result.outputs for result in results), strict=True)]


def test_the_page_s_network_adds_right_nearly_always_and_in_pairs_it_never_saw() -> None:
    splits = data.sums()
    right = {}
    for part in (splits.train, splits.validation, splits.test):
        [said] = in_the_page("sums", [adding.encoded(part.questions)])
        found = zip(part.questions, adding.read(said), part.answers, strict=True)
        right |= {question: text == answer for question, text, answer in found}
    unseen = [right[question] for question in (*splits.validation.questions, *splits.test.questions)]
    assert len(right) == 10_201
    assert np.mean(list(right.values())) >= 0.999
    assert np.mean(unseen) >= 0.99
    assert np.mean([right[f"0+{number}"] for number in range(101)]) >= 0.99


def test_the_card_of_sums_lists_the_pairs_it_was_never_trained_on() -> None:
    splits = data.sums()
    unseen = {*splits.validation.questions, *splits.test.questions}
    listed = read("sums")["never_trained_on"].split()
    assert {*listed, *("+".join(reversed(question.split("+"))) for question in listed)} == unseen


def test_the_page_s_network_writes_what_the_keras_file_writes() -> None:
    import keras

    told = read("text")
    model = keras.models.load_model(folder("text") / "text.keras")
    codes = [told["characters"].index(character) for character in "ROMEO:\nWhat light is this that breaks? "]
    rows = [np.array([codes] * 2, np.int32), np.zeros((2, told["units"]), np.float32)]
    said, after = in_the_page("text", rows)
    expected, expected_after = model.predict(rows, verbose=0)
    assert np.abs(said - expected).mean() <= 0.01
    assert np.abs(after - expected_after).mean() <= 0.05
    # The state handed on gives what reading on gives.
    first = in_the_page("text", [rows[0][:, :10], rows[1]])
    second = in_the_page("text", [rows[0][:, 10:], first[1]])
    np.testing.assert_allclose(second[0], said[:, 10:], atol=1e-4)


def test_the_network_that_writes_has_read_shakespeare() -> None:
    """No text is needed to see that: it knows who speaks in his plays, and how words begin."""
    import keras

    told = read("text")
    model = keras.models.load_model(folder("text") / "text.keras")
    letters = tuple(told["characters"])
    assert writing.write(model, letters, "\n\nROME", 2, 0.1) == "O:"
    assert writing.write(model, letters, "\n\nKING RICHARD I", 2, 0.1) == "II"
    assert told["test_figures"]["loss"] <= 1.75
    assert told["shipped"]["figures"]["loss"] <= told["test_figures"]["loss"] + 0.02


@every_reader_of_digits
def test_it_recognises_digits_of_other_writers(name: str) -> None:
    """No MNIST is needed to see that these are weights that were trained, and for this."""
    _, labels = pictures()
    assert np.mean(said_by_keras(name).argmax(axis=1) == labels) >= OTHER_WRITERS[name]
