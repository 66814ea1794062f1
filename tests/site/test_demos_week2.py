"""The demos of week 2: softmax by hand, a split that leaks, and a threshold to move."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.site.demo_stage import OpenDemo, ask, demo_stage, press, status

DEMOS = ("softmax", "leak", "threshold")


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


def test_softmax_shows_the_sum_that_one_can_follow_by_hand(open_demo: OpenDemo) -> None:
    tab = open_demo("softmax")
    assert status(tab) == "Right: versicolor is the likeliest, with 0.705. That costs 0.35."
    cells = tab.locator(".lab-rule tbody tr").nth(1).locator("td").all_inner_texts()
    assert cells == ["2.00", "7.389", "0.705"]
    assert tab.locator(".lab-rule tbody tr").last.locator("td").nth(1).inner_text() == "10.475"
    tab.locator(".lab-choice-label", has_text="virginica").tap()
    assert status(tab).startswith("Wrong: it says versicolor. The truth, virginica, got 0.259.")
    assert tab.evaluate("values.loss") == pytest.approx(-math.log(0.259496), abs=1e-4)


def test_scores_are_moved_by_arrow_keys_and_a_temperature_keeps_their_order(open_demo: OpenDemo) -> None:
    tab = open_demo("softmax", {"scores": [0, 0, 0]})
    tab.wait_for_function("() => values.probabilities")
    assert tab.evaluate("values.probabilities") == pytest.approx([1 / 3] * 3)
    slider = tab.get_by_role("slider", name="Score of setosa")
    slider.focus()
    for _ in range(10):
        tab.keyboard.press("ArrowRight")
    tab.wait_for_function("() => Math.abs(values.scores[0] - 1) < 1e-6 && values.probabilities[0] > 0.5")
    sharp = tab.evaluate("values.probabilities")
    assert sharp[0] == pytest.approx(math.e / (math.e + 2))
    warmth = tab.get_by_role("slider", name="Temperature")
    warmth.focus()
    tab.keyboard.press("End")
    tab.wait_for_function(f"() => values.probabilities[0] < {sharp[0]}")
    mild = tab.evaluate("values.probabilities")
    assert sharp[0] > mild[0] > mild[1]


def test_softmax_bears_scores_that_would_overflow(open_demo: OpenDemo) -> None:
    tab = open_demo("softmax")
    assert ask(tab, "softmax", "m.softmax([1000, 1000, 0])") == pytest.approx([0.5, 0.5, 0])


def test_a_split_by_rows_predicts_tossed_labels_and_a_split_by_patients_does_not(open_demo: OpenDemo) -> None:
    tab = open_demo("leak")
    press(tab, "50 times")
    assert "and yet the labels were tossed" in status(tab)
    assert tab.evaluate("values.splits") == 51
    leaking = tab.evaluate("values.mean")
    tab.locator(".lab-choice-label", has_text="patients").tap()
    press(tab, "50 times")
    assert "about what a coin gets" in status(tab)
    assert leaking > 0.8
    assert 0.35 < tab.evaluate("values.mean") < 0.65
    expect(tab.locator(".lab-readout-value").first).to_have_text("0")


def test_a_patient_with_a_single_row_cannot_leak(open_demo: OpenDemo) -> None:
    tab = open_demo("leak", {"rows": 1})
    press(tab, "50 times")
    assert "No patient is on both sides" in status(tab)
    assert tab.evaluate("values.mean") < 0.7


@pytest.mark.parametrize("by", ["row", "patient"])
def test_three_tenths_are_tested_and_patients_stay_whole_where_they_are_drawn(
    open_demo: OpenDemo, by: str
) -> None:
    tab = open_demo("leak")
    owners = [i // 4 for i in range(40)]
    drawn = ask(tab, "leak", f"m.drawTest({owners}, '{by}', Math.random)")
    assert sum(drawn) == 12
    sides = {owner: {drawn[row] for row in range(40) if owners[row] == owner} for owner in owners}
    assert by == "row" or all(len(side) == 1 for side in sides.values())


def measured(tab: Page) -> dict[str, float]:
    """Return what the threshold's demo has told its model, once it has."""
    tab.wait_for_function("() => values.area !== undefined")
    return tab.evaluate("values")


def test_a_threshold_trades_misses_for_false_alarms(open_demo: OpenDemo) -> None:
    tab = open_demo("threshold")
    slider = tab.get_by_role("slider", name="Threshold: call ill from")
    before = measured(tab)
    slider.focus()
    for _ in range(30):
        tab.keyboard.press("ArrowLeft")
    tab.wait_for_function("() => Math.abs(values.threshold - 0.2) < 1e-6")
    after = tab.evaluate("values")
    assert after["threshold"] == pytest.approx(0.2)
    assert after["recall"] > before["recall"]
    assert after["precision"] < before["precision"]
    assert after["area"] == before["area"]
    tab.keyboard.press("Home")
    assert "Missed: 0 of the 120 ill. False alarms: 280 of the 280 healthy." in status(tab)


def test_a_model_that_is_too_sure_keeps_its_order_and_pays_for_it(open_demo: OpenDemo) -> None:
    honest = measured(open_demo("threshold"))
    sure = measured(open_demo("threshold", {"sureness": 4}))
    assert sure["area"] == pytest.approx(honest["area"])
    assert sure["accuracy"] == pytest.approx(honest["accuracy"])
    assert sure["loss"] > honest["loss"] + 0.2


def test_the_area_is_the_share_of_pairs_in_the_right_order(open_demo: OpenDemo) -> None:
    tab = open_demo("threshold")
    patients = "[{label: 1, said: 0.9}, {label: 0, said: 0.8}, {label: 1, said: 0.7}, {label: 0, said: 0.1}]"
    assert ask(tab, "threshold", f"m.areaUnder(m.rocOf({patients}))") == pytest.approx(0.75)
    assert ask(tab, "threshold", f"m.countAt({patients}, 0.8)") == {"tp": 1, "fp": 1, "fn": 1, "tn": 1}


@pytest.mark.parametrize("name", DEMOS)
def test_cleanup_leaves_nothing_behind(open_demo: OpenDemo, name: str) -> None:
    tab = open_demo(name)
    tab.evaluate("cleanup()")
    assert tab.locator("#demo > *").count() == 0
    assert tab.evaluate("listening()") == 0


@pytest.mark.parametrize(
    ("name", "change", "text"),
    [
        ("softmax", "change('truth', 0)", "The truth, setosa, got 0.035"),
        ("threshold", "change('threshold', 0)", "Missed: 0 of the 120 ill"),
    ],
)
def test_demos_follow_what_their_host_sets(open_demo: OpenDemo, name: str, change: str, text: str) -> None:
    tab = open_demo(name)
    tab.wait_for_timeout(300)
    tab.evaluate(change)
    expect(tab.locator(".lab-status").first).to_contain_text(text)


@pytest.mark.parametrize("name", DEMOS)
@pytest.mark.parametrize("width", [360, 1000])
def test_a_demo_fits_its_page(open_demo: OpenDemo, name: str, width: int) -> None:
    tab = open_demo(name, width=width, theme="dark")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
