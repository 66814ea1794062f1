"""The judge of remarks in a real browser: it says what Keras says, and tells exactly why and at what cost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache

import keras
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from course_utils.data.remarks import words
from course_utils.training import remarks as judging
from tests.conftest import ROOT
from tests.site.demo_stage import OpenDemo, demo_stage, press, status
from tests.site.picture_models import tensors
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations

FOLDER = ROOT / "book" / "_static" / "models" / "remarks"
CARD = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
# The page's weights are rounded to 8 bits.
ROUNDED = 0.02


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


@cache
def network() -> keras.Model:
    return keras.models.load_model(FOLDER / "remarks.keras")


def keras_says(*texts: str) -> np.ndarray:
    return network().predict(judging.rows(texts, tuple(CARD["vocabulary"].split())), verbose=0)[:, 0]


def write(tab: Page, text: str) -> str:
    """Write a remark, and return what the status line says once it was judged."""
    tab.get_by_label("A remark", exact=True).fill(text)
    tab.wait_for_timeout(600)
    return status(tab)


def cells(tab: Page, row: int) -> list[str]:
    return tab.locator(".lab-judge-costs tbody tr").nth(row).locator("td").all_inner_texts()


@pytest.mark.parametrize(
    "text",
    [
        "You are an idiot.",
        "Nobody here is a FOOL!",
        "What a lovely, lovely song",
        "xylophone",
        "It’s a Şarkı",
    ],
)
def test_a_remark_is_judged_as_keras_judges_it(open_demo: OpenDemo, text: str) -> None:
    tab = open_demo("judge")
    said = write(tab, text)
    [expected] = keras_says(text)
    assert tab.evaluate("values.probability") == pytest.approx(float(expected), abs=ROUNDED)
    assert f"it {'would be hidden' if tab.evaluate('values.probability') >= 0.5 else 'stays'}" in said
    assert list(tab.evaluate("values.parts")) == list(dict.fromkeys(words(text)))


def test_the_parts_and_the_bias_add_up_to_the_probability_exactly(open_demo: OpenDemo) -> None:
    tab = open_demo("judge")
    write(tab, "He called her drawing dumb, dumb, dumb.")
    parts = tab.evaluate("values.parts")
    bias = CARD["bias"]
    total = 1 / (1 + np.exp(-(sum(parts.values()) + bias)))
    assert tab.evaluate("values.probability") == pytest.approx(total, abs=1e-4)
    for word, part in parts.items():
        assert part == pytest.approx(CARD["weights"].get(word, 0.0), abs=ROUNDED)
    shown = [" ".join(text.split()) for text in tab.locator(".lab-judge-word").all_inner_texts()]
    assert shown[0] == "He not known"
    assert [text for text in shown if text.startswith("dumb")][1:] == ["dumb counted once"] * 2
    tab.get_by_text("The words as numbers").click()
    left_out = tab.locator(".lab-table-scroll tr", has_text="drawing").locator("td").last.inner_text()
    assert float(left_out) == pytest.approx(float(keras_says("He called her dumb")[0]), abs=ROUNDED)


def test_words_are_marked_by_more_than_colour(open_demo: OpenDemo) -> None:
    tab = open_demo("judge", {"text": "You stupid lovely xylophone"})
    expect(tab.locator(".lab-judge-word")).to_have_count(4)
    found = dict(
        text.split("\n", 1) for text in tab.locator(".lab-judge-word").all_inner_texts() if "\n" in text
    )
    assert found["stupid"].startswith("▲ +")
    assert found["lovely"].startswith("▼ −")
    assert found["xylophone"] == "not known"


@pytest.mark.parametrize("at", [0.0, 0.3, 0.5, 0.9, 1.0])
def test_what_a_threshold_costs_is_counted_as_in_python(open_demo: OpenDemo, at: float) -> None:
    tab = open_demo("judge", {"threshold": at, "miss": 5, "alarm": 1})
    expect(tab.locator(".lab-judge-costs td").first).to_contain_text("of")
    tab.wait_for_timeout(400)
    for row, name in enumerate(("validation", "test")):
        texts = CARD["held_back"][name]["texts"]
        labels = np.array([int(digit) for digit in CARD["held_back"][name]["labels"]])
        said = keras_says(*texts)
        # What 8 bits may push over the line is left open.
        near = int(np.sum(np.abs(said - at) < ROUNDED))
        hidden = said >= at
        caught, alarms, missed, cost = cells(tab, row)
        assert int(caught.split()[0]) == pytest.approx(int(np.sum(hidden & (labels == 1))), abs=near)
        assert caught.split()[2] == str(int(labels.sum()))
        assert int(alarms.split()[0]) == pytest.approx(int(np.sum(hidden & (labels == 0))), abs=near)
        assert int(caught.split()[0]) + int(missed) == labels.sum()
        assert int(cost) == 5 * int(missed) + int(alarms.split()[0])
    assert tab.evaluate("values.cost") == int(cells(tab, 0)[3])


def test_the_threshold_is_moved_by_keyboard_and_decides(open_demo: OpenDemo) -> None:
    tab = open_demo("judge", {"text": "Nobody here is an idiot."})
    assert "would be hidden" in status(tab)
    tab.get_by_role("slider", name="Threshold: hide from").focus()
    tab.keyboard.press("End")
    assert "The threshold is 1.00, so it stays" in status(tab)
    assert cells(tab, 0)[0].startswith("0 of")
    tab.get_by_label("What a mistake costs").select_option("1,5")
    assert int(cells(tab, 0)[3]) == int(cells(tab, 0)[2])


def test_the_samples_fail_where_they_are_said_to(open_demo: OpenDemo) -> None:
    """A changed label or vocabulary may heal the model: then other samples are wanted."""
    tab = open_demo("judge")
    found = {}
    for name in (
        "Simply not",
        "Not at all",
        "Defending others",
        "Quoted",
        "A letter changed",
        "Scorn",
        "A cyclist",
        "A singer",
    ):
        press(tab, name)
        tab.wait_for_timeout(500)
        found[name] = tab.evaluate("values.probability")
    assert min(found["Simply not"], found["Defending others"], found["Quoted"]) > 0.5
    assert max(found["Not at all"], found["A letter changed"], found["Scorn"]) < 0.5
    assert found["A cyclist"] > found["A singer"] + 0.2
    assert tab.locator(".lab-samples + .lab-note").inner_text() == "Now write cyclist instead of singer."


def test_an_empty_remark_asks_for_one_and_harm_in_markup_is_text(open_demo: OpenDemo) -> None:
    tab = open_demo("judge")
    assert write(tab, "  … !") == "Write a remark in English, or take one below."
    write(tab, "<img src=x onerror=alert(1)> & <b>you</b>")
    assert tab.locator(".lab-judge-words img, .lab-judge-words b").count() == 0
    assert "<img src=x onerror=alert(1)>" in tab.locator(".lab-judge-words").evaluate(
        "e => [...e.childNodes].map((n) => n.nodeType === 3 ? n.data : n.firstChild.textContent).join('')"
    )


def test_tensors_stay_flat_and_none_is_left(open_demo: OpenDemo) -> None:
    tab = open_demo("judge")
    write(tab, "You are a fool.")
    before = tensors(tab)
    tab.evaluate(
        """async () => {
          for (let i = 0; i < 60; i += 1) {
            change("text", `You are ${"so ".repeat(i % 7)} a fool, remark ${i}`);
            await new Promise((go) => { setTimeout(go, 20); });
          }
        }"""
    )
    tab.wait_for_timeout(500)
    assert tensors(tab) == before
    tab.evaluate("cleanup()")
    assert tensors(tab) == 0
    assert tab.evaluate("listening()") == 0
    assert tab.locator("#demo > *").count() == 0


@pytest.mark.parametrize("backend", ["cpu", "webgl"])
def test_another_backend_says_the_same(open_demo: OpenDemo, backend: str) -> None:
    tab = open_demo("judge", {"text": "You are a useless clown."})
    status(tab)
    before = tab.evaluate("values.probability")
    tab.get_by_label("Runs on").select_option(backend)
    expect(tab.locator(".lab-backend-note")).to_contain_text("now computes with")
    write(tab, "You are a useless  clown.")
    assert tab.evaluate("values.probability") == pytest.approx(before, abs=1e-3)


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1000)])
def test_it_can_be_read_by_everybody(open_demo: OpenDemo, theme: str, width: int) -> None:
    tab = open_demo("judge", theme=theme, width=width)
    write(tab, "My cat would have a better plan, you ridiculous " + "x" * 60)
    tab.get_by_text("The words as numbers").click()
    assert tab.evaluate(WIDER_THAN_THE_PAGE) == []
    assert [line for line in axe_violations(tab) if not line.startswith("page-has-heading-one")] == []
