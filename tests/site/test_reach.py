"""What scrolls is reached by the keyboard as soon as it scrolls, and unwanted motion delays no colour."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.site.visits import OPEN_AND_ANSWER, open_page

IN_TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
SHOWN = """() => [...document.querySelectorAll("main pre")]
  .filter((part) => part.checkVisibility() && part.scrollWidth > part.clientWidth)
  .map((part) => part.tabIndex)"""
REASONS = (
    """() => [...document.querySelectorAll(".quiz-why p")].map((part) => getComputedStyle(part).color)"""
)


def test_what_scrolls_in_a_narrow_window_is_reached_while_a_demo_runs(
    browser: Browser, site_url: str
) -> None:
    with open_page(browser, site_url, "book/lab/exercises", "desktop", "light") as (tab, _):
        tab.evaluate("() => document.querySelectorAll('main details').forEach((box) => { box.open = true; })")
        # The theme's own judgement waits for 0.3 s without a change.
        tab.evaluate("() => setInterval(() => document.querySelector('article').append(' '), 50)")
        wide = tab.evaluate(SHOWN)
        tab.set_viewport_size({"width": 390, "height": 844})
        tab.evaluate(IN_TWO_FRAMES)
        narrow = tab.evaluate(SHOWN)
        assert len(narrow) > len(wide)
        assert set(narrow) == {0}


def test_code_that_grows_too_wide_is_reached(browser: Browser, site_url: str) -> None:
    with open_page(browser, site_url, "book/lab/exercises", "desktop", "light") as (tab, _):
        tab.evaluate("""() => {
          const part = document.createElement("pre");
          part.id = "grown";
          document.querySelector("article").append(part);
        }""")
        tab.evaluate(IN_TWO_FRAMES)
        assert tab.evaluate("() => document.querySelector('#grown').tabIndex") == -1
        tab.evaluate("() => document.querySelector('#grown').append('wide '.repeat(200))")
        tab.evaluate(IN_TWO_FRAMES)
        assert tab.evaluate("() => document.querySelector('#grown').tabIndex") == 0


def test_back_from_paper_every_colour_is_there_at_once(browser: Browser, site_url: str) -> None:
    with open_page(browser, site_url, "book/week3/exercise", "desktop", "dark") as (tab, _):
        tab.evaluate(OPEN_AND_ANSWER)
        tab.evaluate(IN_TWO_FRAMES)
        shown = tab.evaluate(REASONS)
        assert shown
        tab.emulate_media(media="print")
        tab.evaluate(IN_TWO_FRAMES)
        assert tab.evaluate(REASONS) != shown, "paper is light"
        tab.emulate_media(media="null")
        assert tab.evaluate(REASONS) == shown
