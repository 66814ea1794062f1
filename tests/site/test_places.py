"""The site under a path, as GitHub Pages serves it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from course_utils.book.server import serve
from tests.conftest import PAGES
from tests.site.visits import open_page, use


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
