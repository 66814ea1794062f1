"""The demo that adds: what it writes is what the model says, all sums are tried in the page, and nothing piles up."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from course_utils import data
from course_utils.training import sums as adding
from tests.conftest import ROOT
from tests.site.demo_stage import OpenDemo, demo_stage, press, status
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations

ALL = "Try all 10,201 sums"
FOLDER = ROOT / "book" / "_static" / "models" / "sums"


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


def ask(tab: Page, question: str) -> str:
    tab.get_by_label("A sum", exact=True).fill(question)
    tab.wait_for_timeout(500)
    return status(tab)


def in_module(tab: Page, expression: str) -> object:
    """The value of an expression in which `m` is lab/addition.js."""
    return tab.evaluate(f"async () => {{ const m = await import('/lab/addition.js'); return {expression}; }}")


def test_a_sum_is_answered_and_each_character_has_its_probability(open_demo: OpenDemo) -> None:
    tab = open_demo("sums")
    assert ask(tab, "58+67").startswith("58+67 is 125: right. It is 9")
    rows = tab.locator(".lab-sums-table tr")
    assert rows.nth(1).inner_text().split()[:4] == ["writes", "1", "2", "5"]
    assert all(float(text) > 90 for text in rows.nth(2).inner_text().replace("%", "").split()[2:])
    assert tab.evaluate("values.answer") == "125"
    assert np.prod(tab.evaluate("values.probabilities")) > 0.9


def test_the_page_reads_and_writes_as_the_training_does(open_demo: OpenDemo) -> None:
    tab = open_demo("sums")
    questions = ("38+94", "0+0", "100+100", "7+58", "123+4")
    numbers = np.array(in_module(tab, f"Array.from(m.encode({json.dumps(questions)}))"))
    np.testing.assert_array_equal(numbers, adding.encoded(questions).ravel())
    said = np.random.default_rng(0).random((3, 7, 12))
    found = in_module(
        tab, f"[0, 1, 2].map((row) => m.decode({json.dumps(said.ravel().tolist())}, row).answer)"
    )
    assert [text.replace(" ", "") for text in found] == [text.replace(" ", "") for text in adding.read(said)]
    second = in_module(
        tab, f"m.decode({json.dumps(said.ravel().tolist())}, 1).places.map((place) => place.nextShare)"
    )
    np.testing.assert_allclose(second, np.sort(said[1], axis=1)[:, -2])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("38-94", "Write two whole numbers with a plus between them"),
        ("", "Write two whole numbers"),
        ("1234+5", "at most 3 digits"),
        ("123+4", "It was trained with numbers up to 100 only."),
    ],
)
def test_what_is_no_sum_to_it_is_said_in_a_sentence(open_demo: OpenDemo, typed: str, said: str) -> None:
    tab = open_demo("sums")
    assert said in ask(tab, typed)
    ask(tab, " 007 + 4 =")
    expect(tab.locator(".lab-sums-answer")).to_have_text("7 + 4 = 11")


def test_it_knows_which_pairs_it_was_never_trained_on(open_demo: OpenDemo) -> None:
    tab = open_demo("sums")
    splits = data.sums()
    assert "It was never trained on this pair." in ask(tab, splits.test.questions[7])
    assert "It was trained on this pair." in ask(tab, splits.train.questions[7])


def test_all_sums_are_tried_and_as_many_are_right_as_the_course_promises(open_demo: OpenDemo) -> None:
    tab = open_demo("sums", width=390)
    press(tab, ALL)
    tab.locator(".lab-status", has_text="All sums tried").wait_for(timeout=60_000)
    tab.wait_for_timeout(300)
    assert tab.evaluate("values.tried") == 10_201
    assert tab.evaluate("values.right") >= 0.999 * 10_201
    unseen = 1527 - 0.01 * 1527
    words = status(tab).replace(",", "").split()
    assert int(words[words.index("on") + 1]) >= unseen
    tab.locator(".lab-table summary").click()
    expect(tab.locator(".lab-table tbody tr")).to_have_count(10_201 - tab.evaluate("values.right"))
    assert not tab.evaluate(WIDER_THAN_THE_PAGE)


def test_trying_all_can_be_stopped_and_begun_again(open_demo: OpenDemo) -> None:
    tab = open_demo("sums")
    press(tab, ALL)
    tab.locator(".lab-status", has_text="are right").wait_for()
    press(tab, "Stop")
    tab.wait_for_timeout(600)
    tried = tab.evaluate("values.tried")
    assert 0 < tried < 10_201
    tab.wait_for_timeout(600)
    assert tab.evaluate("values.tried") == tried
    press(tab, ALL)
    tab.locator(".lab-status", has_text="All sums tried").wait_for(timeout=60_000)


def test_no_tensor_is_left_after_500_sums(open_demo: OpenDemo) -> None:
    tab = open_demo("sums")
    count = tab.locator(".lab-memory-count")
    tab.wait_for_timeout(700)
    before = count.inner_text()
    tab.evaluate(
        """async () => {
          const input = document.querySelector(".lab-sums-input");
          for (let i = 0; i < 500; i += 1) {
            input.value = `${i % 101}+${(i * 7) % 101}`;
            input.dispatchEvent(new Event("input"));
            await new Promise((resolve) => { setTimeout(resolve, 2); });
          }
        }"""
    )
    tab.wait_for_timeout(1500)
    assert count.inner_text() == before
    tab.evaluate("window.cleanup()")
    assert tab.evaluate("window.listening()") == 0
    assert tab.locator("#demo").inner_html() == ""


def test_the_square_of_sums_is_walked_by_keyboard(open_demo: OpenDemo) -> None:
    tab = open_demo("sums", {"sum": "20+30"})
    tab.get_by_role("application").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        tab.keyboard.press(key)
        tab.wait_for_timeout(400)
    expect(tab.get_by_label("A sum", exact=True)).to_have_value("21+32")
    expect(tab.locator(".lab-sums-answer")).to_have_text("21 + 32 = 53")


def test_another_backend_gives_the_same_answer(open_demo: OpenDemo) -> None:
    tab = open_demo("sums")
    ask(tab, "99+1")
    before = tab.evaluate("values.probabilities")
    tab.get_by_label("Runs on").select_option("cpu")
    tab.locator(".lab-backend-note", has_text="plain JavaScript").wait_for()
    ask(tab, "98+1")
    assert "99+1 is 100: right" in ask(tab, "99+1")
    np.testing.assert_allclose(tab.evaluate("values.probabilities"), before, atol=1e-4)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_no_accessibility_violation(open_demo: OpenDemo, theme: str) -> None:
    found = axe_violations(open_demo("sums", theme=theme))
    # A demo stands in a page that has its heading.
    assert [line for line in found if not line.startswith("page-has-heading-one")] == []
