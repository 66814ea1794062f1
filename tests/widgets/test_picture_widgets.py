"""The widgets of pictures and models: what Python hands to the page, and what comes back."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import widgets
from course_utils.widgets import base, modules


def test_a_picture_travels_as_bytes_from_0_to_255() -> None:
    widget = widgets.images(np.array([[0, 127.6], [300, -4]]))
    assert widget.picture.dtype == np.uint8
    assert widget.picture[..., 0].tolist() == [[0, 128], [255, 0]]
    message = widget.get_state("picture")["picture"]
    assert message["shape"] == [2, 2, 1]
    assert bytes(message["data"]) == bytes([0, 128, 255, 0])


def test_pictures_of_another_number_of_dimensions_are_refused() -> None:
    with pytest.raises(ValueError, match=r"The array has shape \(5,\): give 2 dimensions, or 3 with colours"):
        widgets.images(np.zeros(5))
    with pytest.raises(ValueError, match="give 3 dimensions"):
        widgets.features(np.zeros((4, 4)))


def test_numbers_up_to_1_would_be_black_and_are_refused() -> None:
    with pytest.raises(ValueError, match=r"The largest number is 0\.90: give numbers from 0 to 255"):
        widgets.images(np.full((8, 8, 3), 0.9))
    assert widgets.images(np.full((8, 8, 3), 0.9) * 255).picture.max() == 230


def test_what_the_page_found_comes_back_as_arrays() -> None:
    widget = widgets.features(np.zeros((3, 8, 8, 3)))
    vectors = np.arange(12, dtype=np.float32).reshape(3, 4)
    widget.set_state({"vectors": base._array_to_message(vectors, None), "names": ["a", "b", "c"]})
    assert (widget.vectors == vectors).all()
    assert widget.names == ["a", "b", "c"]


def test_what_a_detector_and_a_judge_found_comes_back() -> None:
    widget = widgets.detection(np.zeros((64, 64)), least=0.3, suppressed=False)
    assert widget.get_state("picture")["picture"]["shape"] == [64, 64, 1]
    boxes = np.array([[0.1, 0.2, 0.3, 0.4]], np.float32)
    widget.set_state({"boxes": base._array_to_message(boxes, None), "kinds": ["disc"], "scores": [0.9]})
    assert (widget.boxes == boxes).all()
    assert (widget.kinds, widget.scores, widget.least) == (["disc"], [0.9], 0.3)
    judge = widgets.judge("You are kind.", miss=5)
    judge.set_state({"probability": 0.25, "parts": {"you": 0.1}, "cost": 12})
    assert (judge.text, judge.miss, judge.probability, judge.parts) == (
        "You are kind.",
        5,
        0.25,
        {"you": 0.1},
    )


def test_the_kernel_has_the_sample_photographs() -> None:
    for name in ("portrait", "pavilion", "dahlia"):
        assert modules.shipped_file(f"samples/{name}.jpg").read_bytes()[:2] == b"\xff\xd8"


def test_a_digit_may_start_the_courses_model() -> None:
    assert widgets.your_model(digit=7).digit == 7
    assert widgets.your_model().digit is None
