"""The site on paper, and the site under a path, as GitHub Pages serves it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from course_utils.book.server import serve
from tests.conftest import PAGES
from tests.site.visits import open_page, use

HIDDEN_ON_PAPER = """() => [...document.querySelectorAll(".quiz-why, details.folded > *, .quiz-answers > *")]
  .filter((part) => !part.checkVisibility() || part.getBoundingClientRect().height < 4)
  .map((part) => part.textContent.trim().slice(0, 60))"""


@pytest.mark.parametrize("name", PAGES)
def test_answers_and_folded_boxes_are_on_paper(browser: Browser, site_url: str, name: str) -> None:
    with open_page(browser, site_url, name, "desktop", "light") as (tab, _):
        tab.emulate_media(media="print")
        tab.evaluate("() => dispatchEvent(new Event('beforeprint'))")
        assert tab.evaluate(HIDDEN_ON_PAPER) == []


def test_the_site_works_under_a_path(browser: Browser, built_site: Path) -> None:
    name = "book/week1/one-neuron"
    if name not in PAGES:
        name = PAGES[0]
    with (
        serve(built_site, "/a-course") as address,
        open_page(browser, address, name, "desktop", "light") as (tab, visit),
    ):
        use(tab, visit)
        outside = [asked for asked in visit.requests if not asked.startswith(f"{address}/")]
        assert visit.failed + visit.complaints + visit.not_started + outside == []
