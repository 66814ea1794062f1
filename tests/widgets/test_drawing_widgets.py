"""The widgets that are drawn upon: what Python gives them and what it gets back."""

from __future__ import annotations

import numpy as np
import pytest
import traitlets

from course_utils import widgets
from course_utils.data import drawings

STROKES = [[(140, 40), (140, 240)]]


@pytest.mark.parametrize("make", [widgets.digits, widgets.sketches])
def test_strokes_of_any_numbers_become_plain_ones(make: object) -> None:
    widget = make([np.array([[1, 2], [3, 4]], np.int64)])
    assert widget.get_state()["strokes"] == [[[1.0, 2.0], [3.0, 4.0]]]
    assert widget.drawing is None


@pytest.mark.parametrize("make", [widgets.digits, widgets.sketches])
def test_the_drawing_arrives_as_an_array(make: object) -> None:
    widget = make(STROKES)
    form = drawings.digit_form(STROKES)
    message = {"shape": [28, 28], "dtype": "float32", "data": memoryview(form.tobytes())}
    widget.set_state({"drawing": message})
    assert widget.drawing.dtype == np.float32
    np.testing.assert_array_equal(widget.drawing, form)


def test_what_the_networks_say_arrives_too() -> None:
    widget = widgets.digits()
    widget.set_state({"digit": 7, "probabilities": {"cnn": [0.0] * 10, "mlp": [0.1] * 10}})
    assert widget.digit == 7
    assert sorted(widget.probabilities) == ["cnn", "mlp"]
    asked = widgets.sketches(words=["eye"], seconds=5)
    asked.set_state({"guess": "eye", "probabilities": {"eye": 0.9}})
    assert (asked.guess, asked.words, asked.seconds) == ("eye", ["eye"], 5)
    with pytest.raises(traitlets.TraitError):
        asked.words = [3]


def test_what_every_form_of_a_network_says_arrives() -> None:
    widget = widgets.quantisation(STROKES, bits=4)
    assert widget.get_state()["strokes"] == [[[140.0, 40.0], [140.0, 240.0]]]
    widget.set_state({"answers": [1] * 8, "bits": 2})
    assert (widget.answers, widget.bits) == ([1] * 8, 2)
    with pytest.raises(traitlets.TraitError):
        widgets.quantisation(bits=7)
