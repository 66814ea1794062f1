"""The served site, and the visits to each page: phone and desktop, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from course_utils.book.server import serve
from tests.conftest import ONE_PAGE, PAGES
from tests.site.visits import SAMPLES, Visit, examine, open_page, plans, print_out, use, weigh


@pytest.fixture(scope="session")
def site_url(built_site: Path) -> Iterator[str]:
    """The address of the built site, served on this machine."""
    with serve(built_site) as address:
        yield address


@pytest.fixture(scope="package", params=PAGES)
def visits(request: pytest.FixtureRequest, browser: Browser, site_url: str, built_site: Path) -> list[Visit]:
    """A page on a phone and on a desktop, as loaded and after use; a sample, and all with --slow, in both themes."""
    page = request.param
    whole = page in SAMPLES or ONE_PAGE is not None or request.config.getoption("slow")
    made = []
    for plan in plans(PAGES.index(page), whole):
        with open_page(browser, site_url, page, plan.size, plan.theme) as (tab, visit):
            examine(tab, visit, axe=plan.axe_as_loaded)
            visit.weight = weigh(visit, site_url, built_site)
            if plan.size == "desktop":
                print_out(tab, visit)
            use(tab, visit)
            examine(tab, visit, "after use: ", axe=plan.axe_after_use)
        made.append(visit)
    return made
