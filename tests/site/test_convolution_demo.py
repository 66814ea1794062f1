"""The convolution explorer: what it shows equals what TensorFlow computes, and every control can be worked."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
import tensorflow as tf
from playwright.sync_api import Browser, Page

from tests.site.demo_stage import OpenDemo, demo_stage, press, status
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations

KERNEL = [[1, -2, 0.5], [0, 3, -1], [2, 0, -0.25]]


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


def shared(tab: Page, name: str) -> np.ndarray:
    """What the demo has sent to its host, which it does eight times a second."""
    tab.wait_for_timeout(400)
    return np.array(tab.evaluate(f"values.{name}"))


def picture_grid(tab: Page) -> object:
    return tab.get_by_role("application", name="The picture")


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_it_computes_what_tensorflow_computes(open_demo: OpenDemo, stride: int, padding: str) -> None:
    picture = np.random.default_rng(stride).integers(0, 10, (12, 12))
    data = {"picture": picture.tolist(), "kernel": KERNEL, "bias": -4, "stride": stride, "padding": padding}
    tab = open_demo("convolution", {**data, "relu": True, "pooling": "average"})

    image = tf.constant(picture[None, :, :, None], tf.float32)
    weights = tf.constant(np.array(KERNEL)[:, :, None, None], tf.float32)
    map_ = tf.nn.relu(tf.nn.conv2d(image, weights, stride, padding.upper()) - 4)
    assert np.allclose(shared(tab, "output"), map_[0, :, :, 0], atol=1e-4)
    pooled = tf.nn.avg_pool2d(map_, 2, 2, "VALID")
    assert np.allclose(shared(tab, "pooled"), pooled[0, :, :, 0], atol=1e-4)


def test_the_picture_is_painted_with_the_keyboard(open_demo: OpenDemo) -> None:
    tab = open_demo("convolution", {"picture": [[0] * 12] * 12})
    picture_grid(tab).focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "7", "ArrowRight", " "):
        tab.keyboard.press(key)
    picture = shared(tab, "picture")
    assert picture[2, 1] == 7
    assert picture[2, 2] == 9
    assert picture.sum() == 16


@pytest.mark.parametrize("width", [1000, 380])
def test_a_stroke_of_the_pointer_paints_a_line(open_demo: OpenDemo, width: int) -> None:
    tab = open_demo("convolution", {"picture": [[0] * 12] * 12}, width=width)
    box = picture_grid(tab).bounding_box()
    cell = box["width"] / 12
    tab.mouse.move(box["x"] + 2.5 * cell, box["y"] + 4.5 * cell)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 7.5 * cell, box["y"] + 4.5 * cell, steps=20)
    tab.mouse.up()
    tab.mouse.move(box["x"] + 7.5 * cell, box["y"] + 8.5 * cell)
    picture = shared(tab, "picture")
    assert picture[4, 2:8].tolist() == [9] * 6
    assert picture.sum() == 54
    assert not tab.evaluate(WIDER_THAN_THE_PAGE)


def test_the_sentence_works_out_the_number_in_the_map(open_demo: OpenDemo) -> None:
    tab = open_demo("convolution", {"pooling": "max"})
    tab.get_by_role("application", name="The feature map").focus()
    for key in ("ArrowDown", "ArrowRight"):
        tab.keyboard.press(key)
    tab.wait_for_timeout(500)
    told = re.match(r"Row (\d+), column (\d+) of the map: (.+) = (−?\d+)\.", status(tab))
    row, column, terms, result = told.groups()
    worked_out = sum(
        np.prod([float(part.strip("()")) for part in term.replace("−", "-").split(" · ")])
        for term in terms.split(" + ")
    )
    assert worked_out == float(result.replace("−", "-"))
    assert shared(tab, "output")[int(row) - 1, int(column) - 1] == worked_out


def test_step_by_step_the_map_fills_up(open_demo: OpenDemo) -> None:
    tab = open_demo("convolution", motion="no-preference")
    for _ in range(3):
        press(tab, "Step")
    filled = tab.get_by_role("application", name="The feature map").locator("span:not(:empty)")
    assert filled.count() == 3
    press(tab, "Slide")
    tab.wait_for_timeout(1500)
    press(tab, "Pause")
    sliding = filled.count()
    assert 1 < sliding < 50, "it begins anew, and one place takes about a quarter of a second"
    tab.wait_for_timeout(600)
    assert filled.count() == sliding


def test_a_kernel_of_one_s_own_is_called_that(open_demo: OpenDemo) -> None:
    tab = open_demo("convolution")
    tab.get_by_label("Kernel, row 2, column 2").fill("2.5")
    assert shared(tab, "kernel")[1][1] == 2.5
    assert tab.get_by_label("Kernel", exact=True).input_value() == "own"
    tab.get_by_label("Kernel", exact=True).select_option("blur")
    assert np.allclose(shared(tab, "kernel"), 1 / 9)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_anyone_out(open_demo: OpenDemo, theme: str) -> None:
    tab = open_demo("convolution", {"pooling": "max"}, theme=theme, width=360)
    # The heading is the page's business.
    assert [line for line in axe_violations(tab) if not line.startswith("page-has-heading-one")] == []
    assert not tab.evaluate(WIDER_THAN_THE_PAGE)
