"""A page that holds one demo and nothing else, for the tests of demos."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from playwright.sync_api import Browser, Page

from tests.conftest import ROOT

STATIC = ROOT / "book" / "_static"
# What comes to rest only while a loop runs: everything a demo starts must be stopped by its cleanup.
COUNT_WORK = """
window.working = { frames: 0, timers: 0 };
const frame = window.requestAnimationFrame;
window.requestAnimationFrame = (call) => frame((now) => { window.working.frames += 1; call(now); });
const timer = window.setTimeout;
window.setTimeout = (call, wait) => timer(() => { window.working.timers += 1; call(); }, wait);
"""
HARNESS = """<!doctype html>
<html lang="en" data-theme="{theme}"><head><meta charset="utf-8"><title>A demo</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/lab/lab.css">
<style>
  body {{ margin: 16px; font-family: sans-serif; background: {paper}; }}
  main {{ max-width: 760px; }}
</style>
</head><body><main><h1 style="color: {ink}">A demo</h1><div id="stage"></div></main>
<script type="module">
  import {{ createModel }} from "/lab/page.js";
  import demo from "/demos/{name}.js";
  const el = document.getElementById("stage");
  window.model = createModel({model});
  window.start = () => {{ window.stop = demo.render({{ model: window.model, el }}); }};
  window.start();
  window.ready = true;
</script></body></html>"""
COLOURS = {"light": ("#ffffff", "#1f2933"), "dark": ("#14181e", "#e5e9ee")}


class OpenDemo(Protocol):
    """`open_demo(name, data, …)`: a page with the demo, started."""

    def __call__(
        self,
        name: str,
        data: dict | None = None,
        width: int = 1000,
        theme: str = "light",
        motion: str = "reduce",
    ) -> Page: ...


@contextmanager
def demo_stage(browser: Browser, address: str) -> Iterator[OpenDemo]:
    """Opens demos of `book/_static`, served at `address`; a complaint of the console fails the test at the end."""
    contexts, complaints = [], []

    def open_demo(
        name: str, data: dict | None = None, width: int = 1000, theme: str = "light", motion: str = "reduce"
    ) -> Page:
        size = {"width": width, "height": 900}
        context = browser.new_context(
            viewport=size, has_touch=True, color_scheme=theme, reduced_motion=motion
        )
        contexts.append(context)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", lambda line: line.type in {"error", "warning"} and complaints.append(line.text))
        tab = context.new_page()
        tab.add_init_script(COUNT_WORK)
        paper, ink = COLOURS[theme]
        html = HARNESS.format(name=name, theme=theme, model=json.dumps(data or {}), paper=paper, ink=ink)
        tab.route(f"{address}/harness", lambda route: route.fulfill(body=html, content_type="text/html"))
        tab.goto(f"{address}/harness")
        tab.wait_for_function("window.ready")
        return tab

    try:
        yield open_demo
    finally:
        for context in contexts:
            context.close()
    assert complaints == []


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
