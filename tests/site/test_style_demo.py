"""Style sliders in the page: they compute what Python computes, do what they say, and leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from course_utils import backbones, style
from course_utils.data import style_pictures
from course_utils.training import mobilenet
from tests.site.demo_stage import OpenDemo, demo_stage, press
from tests.site.picture_models import array, drop, encoded, pixels, says, tensors
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations

SIDE = 96
PICTURE = pixels(6, SIDE, SIDE)
STYLE = np.round(255 * style_pictures.strokes(SIDE)).astype(np.uint8)


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


@pytest.fixture(scope="module")
def painter() -> style.Painter:
    """Python's painter, with the network that the page has."""
    network = mobilenet.network(SIDE)
    for layer, own in zip(network.layers, backbones.gestures().layers, strict=True):
        layer.set_weights(own.get_weights())
    return style.Painter(network)


def hand_over(tab: Page, name: str, picture: np.ndarray) -> None:
    """Set an array as a kernel would."""
    tab.evaluate(
        "([name, list, shape]) => change(name, { data: new Uint8Array(list), dtype: 'uint8', shape })",
        [name, picture.ravel().tolist(), list(picture.shape)],
    )


def paint(tab: Page, steps: int) -> tuple[float, float]:
    """Paint until the demo comes to its end, and return both losses."""
    press(tab, "Paint")
    says(tab, f"After {steps} steps", seconds=60)
    expect(tab.get_by_role("button", name="Paint", exact=True)).to_be_enabled()
    tab.wait_for_timeout(300)
    return tab.evaluate("[values.content_loss, values.style_loss]")


@pytest.mark.parametrize("backend", ["wasm", "cpu"])
def test_the_page_paints_what_python_paints(
    open_demo: OpenDemo, painter: style.Painter, backend: str
) -> None:
    tab = open_demo("style-transfer", {"stop_after": 4, "style_weight": 30, "smoothness": 5})
    if backend != "wasm":
        tab.get_by_label("Runs on").select_option(backend)
        expect(tab.get_by_label("Runs on")).to_be_enabled(timeout=30_000)
    hand_over(tab, "picture", PICTURE)
    hand_over(tab, "style_picture", STYLE)
    losses = paint(tab, 4)
    expected = painter.paint(
        PICTURE / np.float32(255), STYLE / np.float32(255), style_weight=30, smoothness=5, steps=4, verbose=0
    )
    assert losses == pytest.approx([expected.content[-1], expected.style[-1]], rel=0.01)
    found = array(tab, "painted")
    assert found.shape == (SIDE, SIDE, 3)
    # A step of Adam is 0.02 whatever the slope, so where that is nearly 0 rounding decides between up and down.
    apart = np.abs(found - expected.picture)
    assert np.median(apart) < 0.001
    assert np.quantile(apart, 0.99) < 0.02


def test_style_falls_and_no_tensors_are_left(open_demo: OpenDemo) -> None:
    tab = open_demo("style-transfer", {"stop_after": 6})
    _, first = paint(tab, 6)
    before = tensors(tab)
    _, second = paint(tab, 12)
    assert second < first
    assert tensors(tab) == before
    assert "Content loss" in tab.locator(".lab-readouts").inner_text()
    press(tab, "Start over")
    says(tab, "Press Paint")
    paint(tab, 6)
    assert tensors(tab) == before


def test_weights_and_layers_do_what_they_say(open_demo: OpenDemo) -> None:
    tab = open_demo("style-transfer", {"stop_after": 10, "style_weight": 0.1})
    content_of_little, style_of_little = paint(tab, 10)
    tab.get_by_label("Weight of the style").focus()
    tab.keyboard.press("End")
    press(tab, "Start over")
    content_of_much, style_of_much = paint(tab, 10)
    assert tab.evaluate("values.style_weight") == 1000
    assert style_of_much < style_of_little
    assert content_of_much > content_of_little
    tab.get_by_text("Which layers hold the style").click()
    for name in ("conv1", "pair 1", "pair 3", "pair 5", "pair 7"):
        tab.get_by_label(name).focus()
        tab.keyboard.press("Home")
    tab.get_by_label("Weight of smoothness").focus()
    tab.keyboard.press("Home")
    press(tab, "Start over")
    # Nothing is asked of the picture but its content, which it has.
    assert paint(tab, 10) == [0, 0]


def test_it_begins_with_noise_where_asked_and_can_be_paused(open_demo: OpenDemo) -> None:
    tab = open_demo("style-transfer", {"start": "noise"})
    press(tab, "Paint")
    # Not “Step 3”: on a quick machine the status line may say step 2, and then step 20.
    tab.wait_for_function(
        "() => Number(/^Step (\\d+) of/.exec(document.querySelector('.lab-status').textContent.trim())?.[1]) >= 3",
        timeout=60_000,
    )
    press(tab, "Pause")
    said = says(tab, "After", seconds=30)
    assert "content loss" in said
    # What is shared goes out at most eight times a second.
    tab.wait_for_function("() => values.content_loss > 0.05")
    steps = tab.evaluate("values.steps")
    tab.wait_for_timeout(500)
    assert tab.evaluate("values.steps") == steps
    assert 3 <= steps < 100


def test_a_picture_of_ones_own_is_painted_and_what_is_none_is_refused(open_demo: OpenDemo) -> None:
    tab = open_demo("style-transfer", {"stop_after": 1})
    drop(tab, {"mine.png": encoded(PICTURE)})
    expect(tab.get_by_role("img", name="The photograph: mine.png")).to_be_visible()
    drop(tab, {"notes.txt": b"no picture"})
    says(tab, "notes.txt is not a picture")
    expect(tab.get_by_role("img", name="The photograph: mine.png")).to_be_visible()


@pytest.mark.parametrize(("theme", "width"), [("light", 360), ("dark", 1000)])
def test_nothing_keeps_anyone_out_and_leaving_frees_all(open_demo: OpenDemo, theme: str, width: int) -> None:
    tab = open_demo("style-transfer", {"stop_after": 2}, theme=theme, width=width)
    paint(tab, 2)
    tab.get_by_text("Which layers hold the style").click()
    # The heading is the page's business.
    assert [line for line in axe_violations(tab) if not line.startswith("page-has-heading-one")] == []
    assert not tab.evaluate(WIDER_THAN_THE_PAGE)
    left = tab.evaluate(
        """async () => {
          const tf = await import("/vendor/tfjs/tf.fesm.min.js");
          cleanup();
          return [tf.memory().numTensors, listening(), document.getElementById("demo").childElementCount];
        }"""
    )
    assert left == [0, 0, 0]
