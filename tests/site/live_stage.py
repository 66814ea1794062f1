"""What the tests of live cells share: a page with cells, served with the site's policy, and their runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page

from course_utils.book.assets import vendor
from course_utils.book.policy import POLICY
from course_utils.book.server import serve
from tests.book.conftest import FRONT, build_book, make_book
from tests.conftest import ROOT

RUN_SECONDS = 40
# What the page told of each run, and a run of a cell with other code, as plain data.
LISTEN = """
  window.runs = [];
  addEventListener("course:cell", ({ detail }) => {
    const items = detail.items.map(({ pixels, ...item }) => ({ ...item, pixels: pixels && [...pixels.slice(0, 64)] }));
    runs.push(JSON.parse(JSON.stringify({ ...detail, items })));
  });
"""
RUN = """async ([name, code]) => {
  const { cellOf } = await import("/_static/lab/live/cells.js");
  const cell = cellOf(document.getElementById(`live-${name}`));
  if (code !== null) cell.code = code;
  const before = runs.length;
  if (!await cell.run()) return null;
  return runs.slice(before).findLast((run) => run.cell === name);
}"""


@dataclass
class LivePage:
    """A page with live cells."""

    tab: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    #: What the page's policy refused before it left the browser.
    refused: list[str] = field(default_factory=list)

    def run(self, name: str, code: str | None = None) -> dict[str, Any]:
        """Run a cell, with other code where some is given, and wait for what `course:cell` tells."""
        self.tab.set_default_timeout(RUN_SECONDS * 1000)
        ended = self.tab.evaluate(RUN, [name, code])
        assert ended is not None, f"the cell {name} was stopped"
        return ended

    def cell(self, name: str) -> Locator:
        """The cell's element."""
        return self.tab.locator(f"#live-{name}")

    def button(self, name: str, label: str) -> Locator:
        """A button in a cell's bar."""
        return self.cell(name).get_by_role("button", name=label, exact=True)

    def status(self, name: str) -> str:
        """What the cell says of itself."""
        return self.cell(name).locator(".live-status").inner_text()

    def wait_for_status(self, name: str, words: str) -> None:
        """Wait until the cell's status has some words in it."""
        self.cell(name).locator(".live-status", has_text=words).wait_for(timeout=RUN_SECONDS * 1000)

    def editor(self, name: str) -> Locator:
        """The text field of a cell's editor."""
        return self.cell(name).get_by_role("textbox")


@contextmanager
def live_site(folder: Path, text: str) -> Iterator[str]:
    """Serve a book with the page `text`, and yield the page's address."""
    with serve(live_book(folder, text)) as address:
        yield f"{address}/book/page.html"


def live_book(folder: Path, text: str) -> Path:
    """Build a book with the page `text`, whose head has the site's policy; returns what is to be served."""
    vendor(ROOT)
    book = make_book(folder)
    shutil.copytree(ROOT / "book" / "_static" / "data", book / "book" / "_static" / "data")
    (book / "book" / "page.md").write_text(FRONT + text, encoding="utf-8")
    built = build_book(
        book,
        html_static_path=["book/_static", str(ROOT / "_build" / "vendor")],
        html_css_files=["lab/lab.css", "lab/directives.css"],
    )
    assert built.warnings == ""
    page = built.out / "book" / "page.html"
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><link rel="icon" href="data:,">'
    html = page.read_text(encoding="utf-8").replace("<head>", f"<head>{policy}", 1)
    page.write_text(html.replace("<html", '<html data-theme="light"', 1), encoding="utf-8")
    return built.out


@contextmanager
def live_page(browser: Browser, address: str, **options: Any) -> Iterator[LivePage]:
    """Open the page at `address`, its cells started."""
    context = browser.new_context(reduced_motion="reduce", **options)
    try:
        context.add_init_script(LISTEN)
        tab = context.new_page()
        page = LivePage(tab)
        tab.on("console", lambda line: line.type == "error" and page.complaints.append(line.text))
        tab.on("pageerror", lambda error: page.complaints.append(str(error)))
        context.on("request", lambda request: page.asked.append(request.url))
        context.on("requestfailed", lambda one: one.failure == "csp" and page.refused.append(one.url))
        tab.goto(address)
        tab.locator(".live-bar").first.wait_for()
        yield page
    finally:
        context.close()
