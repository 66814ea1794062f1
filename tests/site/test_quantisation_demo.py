"""The demo of fewer bits, drawn upon in a real browser: every form answers, and rounds as Python does."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from course_utils.bench.bits import stored
from tests.conftest import ROOT
from tests.site.demo_stage import OpenDemo, demo_stage, press
from tests.site.drawing import draw, strokes_of
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations

TABLE = json.loads((ROOT / "book" / "_static" / "data" / "digits-bits.json").read_text(encoding="utf-8"))


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


def answers(tab: Page) -> list[int]:
    """What each form says, from 32 bits to 2."""
    cells = tab.locator(".lab-tally tbody td:last-child").all_inner_texts()
    return [int(cell.split()[0]) for cell in cells if cell[0].isdigit()]


@pytest.mark.parametrize("width", [390, 1000])
def test_a_drawn_digit_is_answered_by_every_form(open_demo: OpenDemo, width: int) -> None:
    tab = open_demo("quantisation", width=width)
    draw(tab, strokes_of("digitStrokes", "3"))
    expect(tab.locator(".lab-status").first).to_contain_text("8 bits say 3")
    said = answers(tab)
    assert len(said) == len(TABLE["forms"])
    assert said[:4] == [3] * 4
    # What is shared goes out at most eight times a second.
    tab.wait_for_function("(said) => String(values.answers) === String(said)", arg=said)
    assert tab.evaluate(WIDER_THAN_THE_PAGE) == []


def test_the_slider_shows_the_size_and_the_accuracy_that_were_measured(open_demo: OpenDemo) -> None:
    tab = open_demo("quantisation", {"bits": 32})
    slider = tab.get_by_role("slider", name="Bits for each weight")
    slider.focus()
    for form in TABLE["forms"]:
        expect(tab.locator("tr[aria-current] th")).to_have_text(f"{form['bits']} bits")
        shown = tab.locator(".lab-readout-value").all_inner_texts()
        assert shown[0].startswith(f"{form['bytes'] / 1000:.1f} kB")
        assert shown[1] == f"{100 * form['accuracy']:.2f} %"
        tab.keyboard.press("ArrowLeft")
    tab.wait_for_function("(fewest) => values.bits === fewest", arg=TABLE["forms"][-1]["bits"])


def test_the_page_rounds_as_python_does(open_demo: OpenDemo) -> None:
    kernel = np.random.default_rng(6).normal(0, 0.3, (3, 40)).astype(np.float32)
    tab = open_demo("quantisation")
    for form in TABLE["forms"]:
        page = tab.evaluate(
            "async ([values, bits]) => { const { stored } = await import('/lab/rounding.js');"
            " return [...stored(Float32Array.from(values), bits)]; }",
            [kernel.ravel().tolist(), form["bits"]],
        )
        wanted = stored(kernel, form["bits"]).ravel()
        np.testing.assert_allclose(page, wanted, atol=1e-6)


def test_tensors_stay_as_many_as_they_were(open_demo: OpenDemo) -> None:
    tab = open_demo("quantisation")
    counts = []
    for digit in ("4", "7", "4"):
        press(tab, digit)
        tab.wait_for_timeout(900)
        counts.append(tab.locator(".lab-memory-count").inner_text().split()[0])
    assert len(set(counts)) == 1, counts


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_can_be_read_by_everybody(open_demo: OpenDemo, theme: str) -> None:
    tab = open_demo("quantisation", theme=theme)
    press(tab, "8")
    expect(tab.locator(".lab-status").first).to_contain_text("say 8")
    assert [line for line in axe_violations(tab) if not line.startswith("page-has-heading-one")] == []
