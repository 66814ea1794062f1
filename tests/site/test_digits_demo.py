"""The digits demo, drawn upon in a real browser: what both networks say, at phone and at desktop width."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from course_utils.data import drawings
from tests.site.demo_stage import OpenDemo, demo_stage, press
from tests.site.drawing import by_keys, draw, pad, strokes_of, touch
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


def says(tab: Page, digit: int | str, *, network: int = 0) -> None:
    """Wait until a network (0 the convolutional, 1 the dense one) gives the digit."""
    expect(tab.locator(".lab-answer-class").nth(network)).to_have_text(str(digit))


def drawing(tab: Page) -> np.ndarray:
    """The picture that the demo has handed to its host."""
    tab.wait_for_timeout(300)
    values = tab.evaluate("Array.from(new Float32Array(values.drawing.data.buffer))")
    return np.array(values, np.float32).reshape(tab.evaluate("values.drawing.shape"))


def tensors(tab: Page) -> int:
    tab.wait_for_timeout(600)
    return int(tab.locator(".lab-memory-count").inner_text().split()[0])


@pytest.mark.parametrize(("width", "digits"), [(390, (0, 3, 4, 8)), (1000, (2, 5, 6, 7, 9))])
def test_digits_drawn_with_the_mouse_are_recognised(
    open_demo: OpenDemo, width: int, digits: tuple[int, ...]
) -> None:
    tab = open_demo("digits", width=width)
    for digit in digits:
        draw(tab, strokes_of("digitStrokes", str(digit)))
        says(tab, digit)
        says(tab, digit, network=1)
        press(tab, "Clear")
        says(tab, "–")
    assert tab.evaluate(WIDER_THAN_THE_PAGE) == []


def test_a_finger_draws_too_and_the_page_does_not_scroll_under_it(open_demo: OpenDemo) -> None:
    tab = open_demo("digits", width=390)
    before = tab.evaluate("scrollY")
    touch(tab, strokes_of("digitStrokes", "2"))
    says(tab, 2)
    assert tab.evaluate("scrollY") == before


def test_the_keyboard_draws_a_one_and_takes_it_back(open_demo: OpenDemo) -> None:
    tab = open_demo("digits")
    pad(tab).focus()
    for _ in range(8):
        tab.keyboard.press("ArrowUp")
    by_keys(tab, [("ArrowDown", 16)])
    says(tab, 1)
    expect(tab.locator(".lab-status").first).to_contain_text("says 1")
    tab.keyboard.press("Backspace")
    says(tab, "–")


def test_the_host_gets_the_very_picture_that_python_would_make(open_demo: OpenDemo) -> None:
    strokes = strokes_of("digitStrokes", "5", scale=0.4, right=60, down=-50)
    tab = open_demo("digits", {"strokes": strokes})
    says(tab, 5)
    np.testing.assert_allclose(drawing(tab), drawings.digit_form(strokes), atol=1e-6)
    assert tab.evaluate("values.digit") == 5
    probabilities = tab.evaluate("values.probabilities")
    for said in probabilities.values():
        assert sum(said) == pytest.approx(1, abs=1e-4)
        assert int(np.argmax(said)) == 5


def test_without_mnists_form_a_small_digit_in_a_corner_is_missed(open_demo: OpenDemo) -> None:
    tab = open_demo("digits")
    press(tab, "A small 4 in a corner")
    says(tab, 4)
    steps = tab.locator(".lab-form-steps > li")
    expect(steps).to_have_count(4)
    expect(steps.last).to_contain_text("Centre of mass in the middle of 28 × 28")
    tab.get_by_role("switch", name="Bring it into MNIST's form").uncheck()
    expect(steps).to_have_count(2)
    expect(tab.locator(".lab-answer-class").nth(1)).not_to_have_text("4")
    assert drawing(tab)[14:].sum() == 0


def test_the_tally_shows_what_preprocessing_is_worth(open_demo: OpenDemo) -> None:
    tab = open_demo("digits")
    press(tab, "Count right answers")
    rows = tab.locator(".lab-tally tbody tr")
    expect(rows).to_have_count(2)
    counts = [[int(text.split()[0]) for text in row.locator("td").all_inner_texts()] for row in rows.all()]
    assert min(counts[0]) >= 48
    assert max(counts[1]) <= 35


def photograph(digit: str, paper: int, ink: int) -> bytes:
    """A digit in ink on paper that is darker to one side, with noise, as a PNG."""
    picture = Image.new("L", (300, 400), paper)
    pen = ImageDraw.Draw(picture)
    for stroke in strokes_of("digitStrokes", digit):
        pen.line([(x * 0.6 + 90, y * 0.6 + 60) for x, y in stroke], fill=ink, width=11, joint="curve")
    pixels = np.asarray(picture, np.float32) - np.linspace(0, 40, 300)[None]
    pixels += np.random.default_rng(0).normal(0, 5, pixels.shape)
    file = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(("digit", "paper", "ink"), [("3", 225, 50), ("7", 60, 220)])
def test_a_photograph_is_recognised_dark_on_light_or_light_on_dark(
    open_demo: OpenDemo, digit: str, paper: int, ink: int
) -> None:
    tab = open_demo("digits")
    file = {"name": "digit.png", "mimeType": "image/png", "buffer": photograph(digit, paper, ink)}
    tab.locator("input[type=file]").set_input_files(file)
    says(tab, digit)
    says(tab, digit, network=1)
    second = tab.locator(".lab-form-steps > li").nth(1)
    expect(second).to_contain_text("Turned over" if paper > ink else "Cut at a threshold")
    draw(tab, strokes_of("digitStrokes", "0"))
    says(tab, 0)


def test_a_picture_without_a_digit_is_said_to_hold_none(open_demo: OpenDemo) -> None:
    tab = open_demo("digits")
    file = io.BytesIO()
    Image.new("L", (100, 100), 200).save(file, "PNG")
    tab.locator("input[type=file]").set_input_files(
        {"name": "wall.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    expect(tab.locator(".lab-status").first).to_contain_text("There is no digit to be seen in this picture")


def test_every_layers_maps_are_shown_and_follow_the_drawing(open_demo: OpenDemo) -> None:
    tab = open_demo("digits", {"strokes": strokes_of("digitStrokes", "3")})
    says(tab, 3)
    maps = tab.locator("canvas.lab-maps")
    labels = [one.get_attribute("aria-label") for one in maps.all()]
    assert [label.split(":")[0] for label in labels] == [
        "Convolution 1 and ReLU",
        "Pooling 1",
        "Convolution 2 and ReLU",
        "Convolution 3 and ReLU",
        "Pooling 2",
        "Convolution 4 and ReLU",
        "Convolution 5 and ReLU",
        "Pooling 3",
    ]
    pictures = "[...document.querySelectorAll('canvas.lab-maps')].map((canvas) => canvas.toDataURL())"
    before = tab.evaluate(pictures)
    press(tab, "6")
    says(tab, 6)
    tab.wait_for_timeout(200)
    assert all(old != new for old, new in zip(before, tab.evaluate(pictures), strict=True))


def test_five_hundred_predictions_leave_no_tensor_behind_and_are_quick(open_demo: OpenDemo) -> None:
    tab = open_demo("digits", {"strokes": strokes_of("digitStrokes", "8")})
    says(tab, 8)
    before = tensors(tab)
    took = tab.evaluate(
        """async () => {
          const note = () => [...document.querySelectorAll('.lab-note')].map((el) => el.textContent)
            .find((text) => text.startsWith('Both networks'));
          const strokes = [values.strokes, values.strokes.map((s) => s.map(([x, y]) => [x + 3, y]))];
          const times = [];
          for (let i = 0; i < 500; i++) {
            change('strokes', strokes[i % 2].map((s) => s.map(([x, y]) => [x, y + i / 100])));
            await new Promise((done) => setTimeout(done, 0));
            times.push(Number(/took (\\d+)/.exec(note() ?? '')?.[1] ?? NaN));
          }
          return times;
        }"""
    )
    says(tab, 8)
    assert tensors(tab) == before
    assert np.nanmedian(took) <= 50


@pytest.mark.parametrize("backend", ["cpu", "webgl"])
def test_another_backend_gives_the_same_answer(open_demo: OpenDemo, backend: str) -> None:
    tab = open_demo("digits", {"strokes": strokes_of("digitStrokes", "3"), "inside": False})
    says(tab, 3)
    tab.wait_for_timeout(300)
    before = np.array(tab.evaluate("values.probabilities.cnn"))
    tab.get_by_label("Runs on").select_option(backend)
    expect(tab.locator(".lab-status").first).to_contain_text("now computes with", timeout=20_000)
    press(tab, "5")
    says(tab, 5)
    press(tab, "Undo")
    press(tab, "3")
    says(tab, 3)
    tab.wait_for_timeout(300)
    np.testing.assert_allclose(tab.evaluate("values.probabilities.cnn"), before, atol=2e-2)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_can_be_read_by_everyone(open_demo: OpenDemo, theme: str) -> None:
    tab = open_demo("digits", {"strokes": strokes_of("digitStrokes", "3")}, theme=theme, width=390)
    says(tab, 3)
    press(tab, "Count right answers")
    expect(tab.locator(".lab-tally tbody tr")).to_have_count(2)
    assert [line for line in axe_violations(tab) if not line.startswith("page-has-heading-one")] == []


def test_it_leaves_nothing_behind(open_demo: OpenDemo) -> None:
    tab = open_demo("digits", {"strokes": strokes_of("digitStrokes", "3")})
    says(tab, 3)
    tab.evaluate("cleanup()")
    assert tab.evaluate("document.getElementById('demo').childElementCount") == 0
    assert tab.evaluate("listening()") == 0
    left = tab.evaluate(
        "async () => (await import('/lab/tf.js')).importTensorFlow({ get: (name) => values[name] })"
        ".then((tf) => tf.memory().numTensors)"
    )
    assert left == 0
