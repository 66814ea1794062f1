"""Drawings in the networks' form: the page and Python make the same picture, and it is recognised."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pytest

from course_utils.data import drawings, quick_draw
from course_utils.data.generated_sketches import drawing
from course_utils.node import node_path
from tests.conftest import ROOT

LAB = ROOT / "book" / "_static" / "lab"
MODELS = ROOT / "book" / "_static" / "models"


@pytest.fixture(scope="module")
def in_the_page() -> dict:
    """The page's own drawings, and what its functions make of them and of strokes that are given."""
    random = np.random.default_rng(0)
    given = [drawing(name, random) for name in quick_draw.CLASSES]
    given += [[np.array([[40.0, 40.0]])], [np.array([[0.0, 0.0], [300.0, 2.0]])]]
    script = f"""
import {{ digitStrokes, moved, sketchStrokes }} from "{LAB / "strokes.js"}";
import {{ largePicture, mnistForm, sketchForm }} from "{LAB / "mnist-form.js"}";
import {{ readFileSync }} from "node:fs";
const {{ given, names }} = JSON.parse(readFileSync(0, "utf8"));
const plain = ({{ width, height, ink }}) => ({{ width, height, ink: [...ink] }});
const digits = Array.from({{ length: 10 }}, (_, digit) => digitStrokes(digit));
const small = digits.map((strokes) => moved(strokes, {{ scale: 0.3, right: 80, down: -60 }}));
process.stdout.write(JSON.stringify({{
  digits, small, things: names.map(sketchStrokes),
  forms: [...digits, ...given].map((strokes) => plain(mnistForm(largePicture(strokes)))),
  sketches: given.map((strokes) => plain(sketchForm(strokes))),
}}));
"""
    told = json.dumps(
        {"given": [[s.tolist() for s in strokes] for strokes in given], "names": quick_draw.CLASSES}
    )
    command = [str(node_path()), "--no-warnings", "--input-type=module", "--eval", script]
    done = subprocess.run(command, input=told, capture_output=True, text=True, check=True)
    return {**json.loads(done.stdout), "given": given}


def as_array(picture: dict) -> np.ndarray:
    return np.array(picture["ink"], np.float32).reshape(picture["height"], picture["width"])


def test_the_page_and_python_make_the_same_digits(in_the_page: dict) -> None:
    for strokes, form in zip(
        [*in_the_page["digits"], *in_the_page["given"]], in_the_page["forms"], strict=True
    ):
        np.testing.assert_allclose(drawings.digit_form(strokes), as_array(form), atol=1e-6)


def test_the_page_and_python_make_the_same_sketches(in_the_page: dict) -> None:
    for strokes, form in zip(in_the_page["given"], in_the_page["sketches"], strict=True):
        np.testing.assert_allclose(drawings.sketch_form(strokes), as_array(form), atol=1e-6)


def test_a_digit_has_mnists_size_and_its_mass_in_the_middle(in_the_page: dict) -> None:
    for strokes in in_the_page["digits"]:
        form = drawings.digit_form(strokes)
        rows, columns = np.nonzero(form > 0)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
        assert form.max() == pytest.approx(1)
        mass = form.sum()
        assert (form.sum(axis=1) @ np.arange(28)) / mass == pytest.approx(14, abs=0.51)
        assert (form.sum(axis=0) @ np.arange(28)) / mass == pytest.approx(14, abs=0.51)


def test_where_and_how_large_a_digit_is_drawn_does_not_matter(in_the_page: dict) -> None:
    for strokes, small in zip(in_the_page["digits"], in_the_page["small"], strict=True):
        np.testing.assert_allclose(drawings.digit_form(small), drawings.digit_form(strokes), atol=1e-5)


@pytest.mark.parametrize("name", ["digits-cnn", "digits-mlp"])
def test_drawn_digits_are_recognised(name: str, in_the_page: dict) -> None:
    import keras

    model = keras.models.load_model(MODELS / name / f"{name}.keras")
    forms = np.stack([drawings.digit_form(strokes) for strokes in in_the_page["digits"]])
    said = model.predict(forms[..., None], verbose=0)
    assert said.argmax(axis=1).tolist() == list(range(10))
    assert said.max(axis=1).min() > 0.5


def test_nothing_drawn_is_black() -> None:
    assert not drawings.digit_form([]).any()
    assert not drawings.sketch_form([]).any()
    assert not drawings.mnist_form(np.zeros((5, 9), np.float32)).any()


def test_areas_are_averaged() -> None:
    np.testing.assert_allclose(drawings.area_weights(4, 2), [[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]])
    np.testing.assert_allclose(drawings.area_weights(3, 2), [[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]])
    assert drawings.area_weights(7, 20).sum(axis=1) == pytest.approx(np.ones(20))


def test_the_pen_is_round_and_soft_by_one_pixel() -> None:
    ink = drawings.rasterise([[(5, 5)]], 10, 10, 4)
    assert ink[4, 4] == 1
    assert ink[4, 7] == 0
    assert 0 < ink[4, 6] < 1
    np.testing.assert_allclose(ink, ink.T)
