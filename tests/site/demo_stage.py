"""What the tests of demos share: a demo on a bare page, worked by keyboard, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from playwright.sync_api import Browser, Page

from course_utils.book.demo_page import open_demo
from tests.conftest import ROOT

STATIC = ROOT / "book" / "_static"


class OpenDemo(Protocol):
    """`open_one(name, data, …)`: a page with the demo, started."""

    def __call__(
        self,
        name: str,
        data: dict | None = None,
        *,
        width: int = 1000,
        theme: str = "light",
        motion: str = "reduce",
    ) -> Page: ...


@contextmanager
def demo_stage(browser: Browser) -> Iterator[OpenDemo]:
    """Opens demos and closes them; fails at the end if one threw, complained, or asked another host."""
    pages: list[Page] = []

    def open_one(
        name: str,
        data: dict | None = None,
        *,
        width: int = 1000,
        theme: str = "light",
        motion: str = "reduce",
    ) -> Page:
        page = open_demo(
            browser,
            ROOT,
            name,
            data,
            theme=theme,
            width=width,
            has_touch=True,
            color_scheme=theme,
            reduced_motion=motion,
        )
        pages.append(page)
        return page

    try:
        yield open_one
    finally:
        for page in pages:
            page.context.close()
    assert [[*page.errors, *page.complaints, *page.foreign] for page in pages] == [[] for _ in pages]


def press(tab: Page, name: str) -> None:
    """Press a button by keyboard."""
    tab.get_by_role("button", name=name, exact=True).focus()
    tab.keyboard.press("Enter")


def status(tab: Page) -> str:
    """What the demo says, once it has said it."""
    tab.wait_for_timeout(450)
    return tab.locator(".lab-status").first.inner_text()


def ask(tab: Page, name: str, expression: str) -> object:
    """The value of an expression in which `m` is the demo's module."""
    return tab.evaluate(f"async () => {{ const m = await import('/demos/{name}.js'); return {expression}; }}")
