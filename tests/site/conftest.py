"""The browser, the served site, and four visits to each page: phone and desktop, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from course_utils.book.server import serve
from tests.conftest import PAGES
from tests.site.visits import SIZES, THEMES, Visit, examine, open_page, use, weigh


@pytest.fixture(scope="session")
def site_url(built_site: Path) -> Iterator[str]:
    """The address of the built site, served on this machine."""
    with serve(built_site) as address:
        yield address


@pytest.fixture(scope="package", params=PAGES)
def visits(request: pytest.FixtureRequest, browser: Browser, site_url: str, built_site: Path) -> list[Visit]:
    """A page at both sizes in both themes, each examined as loaded; in two of them also after use."""
    made = []
    for size in SIZES:
        for theme in THEMES:
            with open_page(browser, site_url, request.param, size, theme) as (tab, visit):
                examine(tab, visit)
                visit.weight = weigh(visit, site_url, built_site)
                if (size == "phone") == (theme == "dark"):
                    use(tab, visit)
                    examine(tab, visit, "after use: ")
            made.append(visit)
    return made
