"""An exercise in the page, as a reader meets it: Check, what it says, and work that is there again later."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.site.exercise_stage import exercise_page
from tests.site.visits import axe_violations

RIGHT = "function double(x) { return tf.mul(x, 2); }"
LEAKS = "function double(x) { tf.zeros([5]); return tf.mul(x, 2); }"
KEY = "course:progress:1"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page with one exercise, a live cell, and the progress of both."""
    with exercise_page(tmp_path_factory.mktemp("exercises")) as page:
        yield page


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A reader's browser on a phone, with nothing stored yet."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context
    context.close()


@pytest.fixture
def tab(context: BrowserContext, address: str) -> Iterator[Page]:
    """The page; an error in its scripts fails the test."""
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(address)
    expect(tab.get_by_role("button", name="Check", exact=True)).to_be_visible()
    yield tab
    assert errors == []


def write(tab: Page, code: str) -> None:
    """Type code into the exercise's cell, in place of what is there."""
    section = tab.locator(".live-exercise")
    if section.locator(".cm-content").count() == 0:
        section.get_by_role("button", name="Edit", exact=True).click()
    section.locator(".cm-content").click()
    tab.keyboard.press("Control+a")
    tab.keyboard.insert_text(code)


def check(tab: Page) -> None:
    """Press Check and wait for its end."""
    button = tab.get_by_role("button", name="Check", exact=True)
    button.click()
    expect(button).to_be_enabled(timeout=20_000)


def states(tab: Page) -> list[str]:
    """What each check says, and why."""
    items = tab.locator(".live-checks li")
    return [
        " ".join(
            filter(
                None, [item.get_attribute("data-state"), *item.locator(".live-check-why").all_inner_texts()]
            )
        )
        for item in items.all()
    ]


def status(tab: Page) -> str:
    return tab.locator(".live-exercise-status").inner_text()


def entry(tab: Page) -> dict:
    """What the browser keeps of the exercise."""
    kept = json.loads(tab.evaluate(f"localStorage.getItem('{KEY}')") or '{"entries": []}')["entries"]
    return next((one for one in kept if one["kind"] == "exercise"), {})


def test_a_wrong_answer_a_better_one_and_the_right_one(tab: Page) -> None:
    check(tab)
    assert states(tab)[0] == "not yet The value is 3, expected 6."
    assert status(tab) == "1 of 2 checks passes."

    write(tab, LEAKS)
    check(tab)
    said = "A call of double leaves 1 tensor behind, on average of 10 calls."
    assert states(tab) == ["pass", f"not yet {said}"]

    write(tab, RIGHT)
    check(tab)
    assert states(tab) == ["pass", "pass"]
    assert status(tab) == "Solved: all 2 checks pass."
    assert (
        tab.locator(".course-progress-table tr[data-kind='exercise']").inner_text().endswith("2 of 2 checks")
    )
    expect(tab.locator("[data-week='week3'] .course-progress-words")).to_have_text("1 of 1 exercise done")


def test_by_keyboard_alone(tab: Page) -> None:
    tab.get_by_role("button", name="Check", exact=True).focus()
    tab.keyboard.press("Enter")
    expect(tab.locator(".live-exercise-status")).to_have_text("1 of 2 checks passes.", timeout=20_000)

    assert tab.locator(".live-exercise-status").get_attribute("aria-live") == "polite"


def test_the_work_is_there_again_and_so_is_what_was_checked(tab: Page) -> None:
    write(tab, LEAKS)
    check(tab)
    tab.reload()

    expect(tab.locator(".live-exercise .live-block")).to_contain_text("tf.zeros")
    assert states(tab)[0] == "pass"
    assert status(tab) == "When you were last here: 1 of 2 checks passes."
    tab.locator(".live-exercise").get_by_role("button", name="Edit", exact=True).click()
    expect(tab.locator(".live-exercise .cm-content")).to_contain_text("tf.zeros")
    check(tab)
    assert states(tab)[0] == "pass"


def test_work_that_was_not_checked_is_kept_too(tab: Page) -> None:
    write(tab, "// an idea\n" + RIGHT)
    tab.reload()

    expect(tab.locator(".live-exercise .live-block")).to_contain_text("// an idea")
    assert status(tab) == "Your code is as you left it."
    assert entry(tab)["done"] == 0


def test_once_solved_an_exercise_stays_so(tab: Page) -> None:
    write(tab, RIGHT)
    check(tab)
    write(tab, LEAKS)
    check(tab)

    assert entry(tab)["done"] == 2
    assert entry(tab)["state"]["code"] == LEAKS


def test_what_was_checked_is_marked_as_old_when_the_code_changes(tab: Page) -> None:
    check(tab)
    write(tab, RIGHT)

    expect(tab.locator(".live-check-old")).to_have_count(2)


def test_the_code_to_begin_with_comes_back_on_demand_and_so_does_the_readers(tab: Page) -> None:
    write(tab, RIGHT)
    tab.get_by_role("button", name="Reset code").click()
    assert tab.evaluate("document.activeElement.textContent") == "Keep my code"
    tab.keyboard.press("Escape")
    assert "tf.mul" in tab.locator(".live-exercise .cm-content").inner_text()

    tab.get_by_role("button", name="Reset code").click()
    tab.get_by_role("button", name="Begin anew").click()
    expect(tab.locator(".live-exercise .cm-content")).to_contain_text("return x;")
    tab.get_by_role("button", name="Bring my code back").click()
    expect(tab.locator(".live-exercise .cm-content")).to_contain_text("tf.mul")


def test_a_loop_in_the_readers_function_ends_and_the_page_lives(tab: Page) -> None:
    write(tab, "function double(x) { while (true) {} }")
    begin = time.monotonic()
    check(tab)

    assert time.monotonic() - begin < 15
    assert states(tab)[0].startswith("not yet This took longer than 1 s and was stopped.")
    assert status(tab) == "Stopped: a check did not end. Mend that first, then check again."
    write(tab, RIGHT)
    check(tab)
    assert states(tab) == ["pass", "pass"]


def test_stop_ends_code_that_runs_for_ever(tab: Page) -> None:
    write(tab, "while (true) {}")
    tab.get_by_role("button", name="Check", exact=True).click()
    tab.locator(".live-exercise").get_by_role("button", name="Stop").click()

    expect(tab.locator(".live-exercise-status")).to_have_text("Stopped: nothing was checked.")


def test_code_that_fails_is_not_checked_and_says_where_it_failed(tab: Page) -> None:
    write(tab, "function double(x) { return tf.mul(x, 2); }\nnonsense();")
    check(tab)

    assert states(tab) == ["", ""]
    assert status(tab).startswith("Your code stopped with an error, so nothing could be checked.")
    expect(tab.locator(".live-exercise .live-shown")).to_contain_text("nonsense is not defined")


def test_what_an_earlier_version_declared_does_not_count(tab: Page) -> None:
    write(tab, RIGHT)
    check(tab)
    assert states(tab) == ["pass", "pass"]
    write(tab, "1;")
    check(tab)

    assert states(tab)[0].startswith("not yet There is no double yet.")


def test_what_an_earlier_version_took_away_is_there_again(tab: Page) -> None:
    write(tab, "const show = 1;\n" + RIGHT)
    check(tab)
    write(tab, "show(2);\n" + RIGHT)
    check(tab)
    assert states(tab) == ["pass", "pass"]


def test_all_work_travels_in_one_file(tab: Page, address: str, browser: Browser, tmp_path: Path) -> None:
    write(tab, RIGHT)
    check(tab)
    with tab.expect_download() as saved:
        tab.get_by_role("button", name="Export").click()
    file = tmp_path / "work.json"
    saved.value.save_as(file)

    elsewhere = browser.new_context()
    other = elsewhere.new_page()
    other.goto(address)
    expect(other.get_by_role("button", name="Check", exact=True)).to_be_visible()
    other.set_input_files("input[type=file]", file)
    expect(other.locator(".course-progress-said")).to_contain_text("1 added or brought forward")
    # a page that has shown the code to begin with all the time leaves what came alone
    other.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert entry(other)["state"]["code"] == RIGHT
    other.reload()
    expect(other.locator(".live-exercise .live-block")).to_contain_text("tf.mul")
    assert states(other) == ["pass", "pass"]
    elsewhere.close()


def test_a_live_cell_counts_once_it_has_run(tab: Page) -> None:
    row = tab.locator("tr[data-kind='cell'] .course-progress-done")
    assert row.inner_text() == "0 of 1 cell"
    tab.locator("#live-sum").get_by_role("button", name="Run").click()

    expect(row).to_have_text("1 of 1 cell")


def test_hint_and_solution_open_on_demand_only(tab: Page) -> None:
    expect(tab.get_by_text("tf.mul multiplies.")).to_be_hidden()
    tab.locator(".live-exercise summary", has_text="Hint").click()
    expect(tab.get_by_text("tf.mul multiplies.")).to_be_visible()
    expect(tab.get_by_text("return tf.mul(x, 2);")).to_be_hidden()


def test_the_exercise_is_accessible_and_fits_a_phone(tab: Page) -> None:
    check(tab)
    tab.set_viewport_size({"width": 360, "height": 800})
    section = tab.locator(".live-exercise")

    assert section.evaluate("(part) => part.scrollWidth <= part.clientWidth")
    about_ours = [line for line in axe_violations(tab) if "live" in line]
    assert about_ours == []


def test_without_javascript_all_of_it_can_be_read(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)

    expect(page.get_by_text("double(3) is 6")).to_be_visible()
    expect(page.get_by_role("button", name="Check", exact=True)).to_have_count(0)
    page.locator(".live-exercise summary", has_text="Solution").click()
    expect(page.get_by_text("return tf.mul(x, 2);")).to_be_visible()
    context.close()
