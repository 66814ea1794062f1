"""The sketches demo, drawn upon in a real browser: its guesses, and a round against the clock."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from course_utils.data import drawings, quick_draw
from tests.site.demo_stage import OpenDemo, ask, demo_stage, press
from tests.site.drawing import by_keys, draw, pad, strokes_of, touch
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


def sees(tab: Page, words: str) -> None:
    expect(tab.locator(".lab-answer-class")).to_have_text(words)


def tensors(tab: Page) -> int:
    tab.wait_for_timeout(600)
    return int(tab.locator(".lab-memory-count").inner_text().split()[0])


def test_the_page_names_the_classes_that_the_network_was_trained_on(open_demo: OpenDemo) -> None:
    assert ask(open_demo("sketches"), "sketches", "m.CLASSES") == list(quick_draw.CLASSES)


@pytest.mark.parametrize(
    ("width", "things"),
    [
        (390, {"bicycle": "a bicycle", "apple": "an apple", "diamond": "a diamond", "rainbow": "a rainbow"}),
        (1000, {"eye": "an eye", "bowtie": "a bow tie", "lollipop": "a lollipop", "fish": "a fish"}),
    ],
)
def test_things_drawn_with_the_mouse_are_recognised(
    open_demo: OpenDemo, width: int, things: dict[str, str]
) -> None:
    tab = open_demo("sketches", width=width)
    for name, words in things.items():
        draw(tab, strokes_of("sketchStrokes", name))
        sees(tab, f"I see {words}")
        press(tab, "Clear")
        sees(tab, "–")
    assert tab.evaluate(WIDER_THAN_THE_PAGE) == []


@pytest.mark.parametrize("name", ["cat", "train"])
def test_a_finger_draws_small_in_a_corner_and_is_understood(open_demo: OpenDemo, name: str) -> None:
    tab = open_demo("sketches", width=390)
    touch(tab, strokes_of("sketchStrokes", name, scale=0.5, right=60, down=-60))
    sees(tab, f"I see a {name}")


def test_it_guesses_while_a_stroke_is_drawn(open_demo: OpenDemo) -> None:
    tab = open_demo("sketches")
    box = pad(tab).bounding_box()
    tab.mouse.move(box["x"] + 40, box["y"] + 150)
    tab.mouse.down()
    for x in range(50, 280, 10):
        tab.mouse.move(box["x"] + x, box["y"] + 150 + (x % 20))
    expect(tab.locator(".lab-answer-class")).not_to_have_text("–")
    tab.mouse.up()


def test_the_keyboard_draws_a_diamond(open_demo: OpenDemo) -> None:
    tab = open_demo("sketches")
    pad(tab).focus()
    for _ in range(9):
        tab.keyboard.press("ArrowUp")
    sides = [("Right", "Down"), ("Left", "Down"), ("Left", "Up"), ("Right", "Up")]
    by_keys(tab, [(f"Arrow{way}", 1) for side in sides for _ in range(9) for way in side])
    sees(tab, "I see a diamond")


def test_the_host_gets_the_picture_the_guess_and_the_probabilities(open_demo: OpenDemo) -> None:
    strokes = strokes_of("sketchStrokes", "bicycle", scale=0.6, right=-40)
    tab = open_demo("sketches", {"strokes": strokes})
    sees(tab, "I see a bicycle")
    tab.wait_for_timeout(300)
    picture = tab.evaluate("Array.from(new Float32Array(values.drawing.data.buffer))")
    form = drawings.sketch_form(strokes)
    np.testing.assert_allclose(np.array(picture).reshape(28, 28), form, atol=1e-6)
    assert tab.evaluate("values.guess") == "bicycle"
    probabilities = tab.evaluate("values.probabilities")
    assert list(probabilities) == list(quick_draw.CLASSES)
    assert sum(probabilities.values()) == pytest.approx(1, abs=1e-4)


def test_a_round_asks_recognises_and_counts(open_demo: OpenDemo) -> None:
    tab = open_demo("sketches", {"words": ["diamond", "bicycle", "eye"], "seconds": 60})
    press(tab, "Play a round")
    word = tab.locator(".lab-task-word")
    drawn = tab.locator(".lab-round > li")
    for number, (name, words) in enumerate((("diamond", "a diamond"), ("bicycle", "a bicycle"))):
        expect(word).to_have_text(f"Draw {words}")
        draw(tab, strokes_of("sketchStrokes", name))
        # It may be recognised before its last line: what the status says has passed by then.
        expect(drawn).to_have_count(number + 1)
        expect(drawn.nth(number)).to_have_text(re.compile(rf"^{name}\d+\.\d s$"))
    expect(word).to_have_text("Draw an eye")
    press(tab, "Skip")
    expect(word).to_have_text("The round is over: 2 of 3 recognised.")
    expect(tab.locator(".lab-round > li")).to_have_count(3)
    expect(tab.locator(".lab-round > li").last).to_contain_text("not seen")


def test_time_runs_out(open_demo: OpenDemo) -> None:
    tab = open_demo("sketches", {"words": ["train"], "seconds": 1})
    press(tab, "Play a round")
    expect(tab.locator(".lab-status").first).to_contain_text("A train was not recognised.")
    expect(tab.locator(".lab-task-word")).to_have_text("The round is over: 0 of 1 recognised.")


def test_five_hundred_predictions_leave_no_tensor_behind_and_are_quick(open_demo: OpenDemo) -> None:
    tab = open_demo("sketches", {"strokes": strokes_of("sketchStrokes", "cat")})
    sees(tab, "I see a cat")
    before = tensors(tab)
    took = tab.evaluate(
        """async () => {
          const { strokes } = values;
          const note = [...document.querySelectorAll('.lab-note')].find((el) => el.textContent.startsWith('Guessed'));
          const times = [];
          for (let i = 0; i < 500; i++) {
            change('strokes', strokes.map((s) => s.map(([x, y]) => [x + (i % 2) * y / 20, y])));
            await new Promise((done) => setTimeout(done, 0));
            times.push(Number(/in (\\d+)/.exec(note.textContent)?.[1] ?? NaN));
          }
          return times;
        }"""
    )
    assert tensors(tab) == before
    assert np.nanmedian(took) <= 50


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_can_be_read_by_everyone(open_demo: OpenDemo, theme: str) -> None:
    tab = open_demo("sketches", {"words": ["train"], "seconds": 60}, theme=theme, width=390)
    press(tab, "Play a round")
    press(tab, "rainbow")
    sees(tab, "I see a rainbow")
    assert [line for line in axe_violations(tab) if not line.startswith("page-has-heading-one")] == []


def test_it_leaves_nothing_behind(open_demo: OpenDemo) -> None:
    tab = open_demo("sketches", {"words": ["train"], "seconds": 1})
    press(tab, "Play a round")
    tab.evaluate("cleanup()")
    assert tab.evaluate("document.getElementById('demo').childElementCount") == 0
    assert tab.evaluate("listening()") == 0
    left = tab.evaluate(
        "async () => (await import('/lab/tf.js')).importTensorFlow({ get: (name) => values[name] })"
        ".then((tf) => tf.memory().numTensors)"
    )
    assert left == 0
