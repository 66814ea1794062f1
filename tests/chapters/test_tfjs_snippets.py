"""The chapters' JavaScript, run in Chromium with the site's own TensorFlow.js.

JavaScript in a chapter is a live cell. Its cells run one after the other as a reader would run them, in the page's
own worker, and each must print what the page shows under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from course_utils.book.live_body import read_body
from course_utils.book.myst import Directive, walk
from course_utils.book.pages import source
from tests.conftest import PAGES, ROOT
from tests.site.live_stage import live_page, live_site

TFJS = ROOT / "node_modules" / "@tensorflow" / "tfjs" / "dist"
CDN = re.compile(r"https://cdn\.jsdelivr\.net/npm/@tensorflow/tfjs@([\d.]+)/dist/([\w.]+)")
HTML = re.compile(r"^```html\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def text_of(page: str) -> str:
    """A page's source."""
    return source(ROOT, page).read_text(encoding="utf-8")


def live_cells(page: str) -> Iterator[Directive]:
    """The page's live cells in order."""
    return (found for found in walk(text_of(page), f"{page}.md") if found.name == "live")


def cells_alone(page: str) -> str:
    """A page of the live cells of another."""
    lines = text_of(page).split("\n")
    fences = [
        "\n".join(lines[cell.line - 1 : lines.index("```", cell.line) + 1]) for cell in live_cells(page)
    ]
    return "\n\n".join(["# Live cells", *fences, ""])


def as_pattern(output: str) -> re.Pattern[str]:
    """What a page shows as a pattern: … stands for any text."""
    return re.compile(".*".join(re.escape(part) for part in output.split("…")), re.DOTALL)


WITH_CELLS = [page for page in PAGES if any(live_cells(page))]
WITH_HTML = [page for page in PAGES if HTML.search(text_of(page))]


@pytest.mark.parametrize("page", [page for page in PAGES if re.search(r"/(start|week\d)/", page)])
def test_javascript_in_a_chapter_can_be_run(page: str) -> None:
    """A plain block would be shown to readers without ever being run; pages of the laboratory quote their demos."""
    lines = text_of(page).splitlines()
    plain = [
        number for number, line in enumerate(lines, 1) if re.match(r"\s*(`{3,}|~{3,})(javascript|js)\b", line)
    ]
    assert not plain, f"{page}.md:{plain[0]}: make this block a {{live}} cell"


@pytest.mark.parametrize("page", WITH_CELLS)
def test_the_live_cells_print_what_the_page_shows(browser: Browser, page: str, tmp_path: Path) -> None:
    """Cell by cell, to the last digit that is shown, and without a word of complaint."""
    cells = list(live_cells(page))
    with live_site(tmp_path, cells_alone(page)) as address, live_page(browser, address) as shown:
        for cell in cells:
            ended = shown.run(cell.argument)
            expected = read_body(cell.body).output
            assert as_pattern(expected).fullmatch(ended["text"]), (
                f"{page}.md:{cell.line}: “{cell.argument}” prints\n{ended['text']}\nand the page shows\n{expected}"
            )
            assert ended["ok"] != ("raises" in cell.options), (
                f"{page}.md:{cell.line}: :raises: says otherwise"
            )
        assert shown.complaints == []


@pytest.mark.parametrize("page", [page for page in WITH_CELLS if len(list(live_cells(page))) > 1])
def test_a_cell_run_alone_brings_along_those_that_it_needs(
    browser: Browser, page: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Run alone in a fresh page, the last cell and every third before it print the same as after all others.

    With --slow, every cell.
    """
    cells = list(live_cells(page))
    with live_site(tmp_path, cells_alone(page)) as address, live_page(browser, address) as shown:
        for cell in cells[:: -1 if pytestconfig.getoption("slow") else -3]:
            ended = shown.run(cell.argument)
            assert as_pattern(read_body(cell.body).output).fullmatch(ended["text"]), cell.argument
            shown.cell(cell.argument).get_by_role("button", name="Restart", exact=True).click()


@pytest.mark.parametrize("page", WITH_HTML)
def test_a_page_of_your_own_works_when_saved_to_a_file(browser: Browser, page: str, tmp_path: Path) -> None:
    """With the pinned TensorFlow.js, whose bytes must have the hash that the chapter gives."""
    [block] = HTML.finditer(text_of(page))
    file = tmp_path / "neuron.html"
    file.write_text(block["body"], encoding="utf-8")
    tab = browser.new_page()
    tab.route(CDN, _from_npm)
    tab.goto(file.as_uri())
    tab.wait_for_function("document.getElementById('output').textContent.startsWith('For')")
    assert tab.text_content("#output") == "For x = 10 the neuron says 19.0."
    tab.close()


def _from_npm(route: Route) -> None:
    """Answer in place of the public server, with the same file of the same version."""
    asked = CDN.fullmatch(route.request.url)
    assert asked
    version, file = asked.groups()
    assert f'"version": "{version}"' in (TFJS.parent / "package.json").read_text(encoding="utf-8")
    route.fulfill(
        path=TFJS / file,
        content_type="text/javascript",
        headers={"Access-Control-Allow-Origin": "*"},
    )
