"""The demo that writes: what could come next is what the model says, it stops when told, and nothing piles up."""

from __future__ import annotations

import json
from collections.abc import Iterator

import keras
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import ROOT
from tests.site.demo_stage import OpenDemo, demo_stage, press, status
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations

FOLDER = ROOT / "book" / "_static" / "models" / "text"
CARD = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


def wait_for(tab: Page, text: str) -> None:
    tab.locator(".lab-status", has_text=text).first.wait_for(timeout=60_000)
    tab.wait_for_timeout(400)


def bars(tab: Page) -> dict[str, float]:
    names = {"space": " ", "new line": "\n"}
    rows = tab.locator(".lab-bars tbody tr").evaluate_all(
        "rows => rows.map((row) => ['th', '.lab-bars-value'].map((part) => row.querySelector(part).textContent))"
    )
    return {names.get(name, name): float(value) for name, value in rows}


def in_module(tab: Page, expression: str) -> object:
    """The value of an expression in which `m` is lab/writing.js."""
    return tab.evaluate(f"async () => {{ const m = await import('/lab/writing.js'); return {expression}; }}")


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_what_could_come_next_is_what_keras_says(open_demo: OpenDemo, temperature: float) -> None:
    begin = "KING RICHARD III:\nMy lo"
    tab = open_demo("text", {"begin": begin, "temperature": temperature})
    model = keras.models.load_model(FOLDER / "text.keras")
    codes = np.array([[CARD["characters"].index(character) for character in begin]], np.int32)
    said = model.predict([codes, np.zeros((1, CARD["units"]), np.float32)], verbose=0)[0][0, -1].astype(float)
    expected = said ** (1 / temperature) / (said ** (1 / temperature)).sum()
    shown = bars(tab)
    assert len(shown) == 8
    likeliest = CARD["characters"][int(expected.argmax())]
    assert next(iter(shown)) == likeliest
    for character, share in shown.items():
        # The page computes with weights of one byte.
        assert share == pytest.approx(expected[CARD["characters"].index(character)], abs=0.06)


def test_it_writes_as_many_characters_as_asked_and_goes_on(open_demo: OpenDemo) -> None:
    tab = open_demo("text", {"length": 40, "seed": 3, "begin": "ROMEO:\n"})
    press(tab, "Write")
    wait_for(tab, "40 characters written")
    text = tab.evaluate("values.text")
    assert text.startswith("ROMEO:\n")
    assert len(text) == 7 + 40
    assert len(tab.evaluate("values.entropies")) == 40
    press(tab, "Go on")
    tab.wait_for_function("() => values.text.length === 87")
    assert tab.evaluate("values.text").startswith(text)


def test_the_same_seed_writes_the_same_and_starting_anew_too(open_demo: OpenDemo) -> None:
    tab = open_demo("text", {"length": 40, "seed": 5})
    texts = []
    for _ in range(2):
        press(tab, "Write")
        wait_for(tab, "40 characters written")
        texts.append(tab.evaluate("values.text"))
        press(tab, "Begin anew")
        wait_for(tab, "Press Write")
    assert texts[0] == texts[1]


def test_at_a_low_temperature_it_writes_words_of_plays(open_demo: OpenDemo) -> None:
    tab = open_demo("text", {"length": 200, "temperature": 0.1, "seed": 1, "begin": "First Citizen:\n"})
    press(tab, "Write")
    wait_for(tab, "200 characters written")
    words = set(tab.evaluate("values.text").lower().replace("\n", " ").split())
    assert {"the", "and"} & words
    assert np.mean(tab.evaluate("values.entropies")) < 0.5


def test_it_stops_when_told(open_demo: OpenDemo) -> None:
    tab = open_demo("text", {"length": 1000})
    press(tab, "Write")
    tab.wait_for_function("() => document.querySelector('.lab-text-page').textContent.length > 40")
    press(tab, "Stop")
    assert status(tab).startswith("Stopped after")
    text = tab.evaluate("values.text")
    assert 30 < len(text) < 900
    tab.wait_for_timeout(500)
    assert tab.locator(".lab-text-page").evaluate("(page) => page.textContent") == text


def test_one_character_at_a_time_by_keyboard(open_demo: OpenDemo) -> None:
    tab = open_demo("text", {"begin": "ROMEO:\n"})
    for count in range(1, 4):
        press(tab, "One character")
        tab.wait_for_function(
            f"() => document.querySelector('.lab-text-page').textContent.length === {7 + count}"
        )
        wait_for(tab, f"The character {count}.")
    expect(tab.get_by_role("button", name="One character")).to_be_focused()


def test_temperature_changes_what_could_come_next_at_once(open_demo: OpenDemo) -> None:
    tab = open_demo("text", {"begin": "ROMEO:\nI w", "temperature": 1})
    before = bars(tab)
    tab.get_by_label("Temperature").fill("0.3")
    assert max(bars(tab).values()) > max(before.values())
    tab.get_by_label("Temperature").fill("2")
    assert max(bars(tab).values()) < max(before.values())


def test_characters_that_it_does_not_know_are_left_out_and_named(open_demo: OpenDemo) -> None:
    tab = open_demo("text")
    tab.get_by_label("Begin with").fill("Größe 7")
    wait_for(tab, "left out")
    assert "“ö”, “ß”, “7” left out" in status(tab)
    assert tab.locator(".lab-text-page").evaluate("(page) => page.textContent") == "Gre "
    tab.get_by_label("Begin with").fill("")
    wait_for(tab, "Press Write")
    press(tab, "One character")
    wait_for(tab, "The character 1.")


def test_no_tensor_is_left_after_500_characters_nor_after_the_demo(open_demo: OpenDemo) -> None:
    tab = open_demo("text", {"length": 500}, width=390)
    tab.wait_for_timeout(700)
    before = tab.locator(".lab-memory-count").inner_text()
    press(tab, "Write")
    wait_for(tab, "500 characters written")
    tab.wait_for_timeout(700)
    assert tab.locator(".lab-memory-count").inner_text() == before
    assert not tab.evaluate(WIDER_THAN_THE_PAGE)
    press(tab, "Go on")
    tab.evaluate("window.cleanup()")
    tab.wait_for_timeout(300)
    assert tab.evaluate("window.listening()") == 0
    assert tab.locator("#demo").inner_html() == ""


def test_another_backend_in_the_middle_of_a_text_goes_on_with_it(open_demo: OpenDemo) -> None:
    tab = open_demo("text", {"length": 1000, "seed": 2})
    press(tab, "Write")
    tab.wait_for_function("() => document.querySelector('.lab-text-page').textContent.length > 30")
    tab.get_by_label("Runs on").select_option("cpu")
    tab.locator(".lab-backend-note", has_text="plain JavaScript").wait_for()
    length = tab.evaluate("document.querySelector('.lab-text-page').textContent.length")
    tab.wait_for_function(
        f"() => document.querySelector('.lab-text-page').textContent.length > {length + 20}"
    )
    press(tab, "Stop")
    assert status(tab).startswith("Stopped after")


def test_drawing_temperature_and_entropy_are_as_defined(open_demo: OpenDemo) -> None:
    tab = open_demo("text")
    assert in_module(tab, "m.entropy([0.25, 0.25, 0.25, 0.25])") == pytest.approx(2)
    assert in_module(tab, "m.entropy([1, 0])") == 0
    said = in_module(tab, "Array.from(m.atTemperature([0.5, 0.3, 0.2], 0.5))")
    np.testing.assert_allclose(said, np.array([25, 9, 4]) / 38, rtol=1e-6)
    assert in_module(tab, "[0, 0.49, 0.51, 0.79, 0.81, 0.999999].map((u) => m.draw([0.5, 0.3, 0.2], u))") == [
        0,
        0,
        1,
        1,
        2,
        2,
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_no_accessibility_violation(open_demo: OpenDemo, theme: str) -> None:
    tab = open_demo("text", {"length": 40}, theme=theme)
    press(tab, "Write")
    wait_for(tab, "40 characters written")
    # A demo stands in a page that has its heading.
    assert [line for line in axe_violations(tab) if not line.startswith("page-has-heading-one")] == []
