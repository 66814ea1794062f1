"""One demo on a bare page: for its pictures and for its tests, with no site built and no server running."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.book.assets import FILES
from course_utils.book.policy import POLICY
from course_utils.book.pretrained import file_of_site
from course_utils.errors import CourseError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

# Browsers trust this name as they trust https, so all of the web platform is there. Nothing listens on it.
ORIGIN = "http://localhost"
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".csv": "text/csv",
    ".wasm": "application/wasm",
}

_WAIT_MS = 30_000

_PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{name}</title>
<link rel="stylesheet" href="/lab/lab.css"><link rel="icon" href="data:,">
<style>
  body {{ margin: 0; padding: {margin}px; background: var(--lab-paper);
    font-family: -apple-system, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }}
</style></head>
<body><main id="demo"></main>
<script>
  // Playwright's own waiting evaluates text again and again, which the page's policy forbids.
  window.settled = new Promise((settle) => {{
    window.settle = settle;
    for (const kind of ["error", "unhandledrejection"]) addEventListener(kind, () => settle());
    setTimeout(settle, {wait_ms});
  }});
</script>
<script type="module">
  import demo from "/demos/{name}.js";
  const values = {values};
  const listeners = new Map();
  window.values = values;
  window.saves = 0;
  const model = {{
    get: (name) => values[name],
    set(name, value) {{ values[name] = value; }},
    save_changes() {{ window.saves += 1; }},
    on(event, listener) {{ listeners.set(event, [...(listeners.get(event) ?? []), listener]); }},
    off(event, listener) {{
      listeners.set(event, (listeners.get(event) ?? []).filter((known) => known !== listener));
    }},
  }};
  window.change = (name, value) => {{
    values[name] = value;
    for (const listener of listeners.get(`change:${{name}}`) ?? []) listener();
  }};
  window.listening = () => [...listeners.values()].flat().length;
  window.cleanup = await demo.render({{ model, el: document.getElementById("demo") }});
  window.ready = true;
  window.settle();
</script></body></html>
"""

_SETTLED = """() => new Promise((resolve) => {
  const end = performance.now() + 30_000;
  const look = () => (window.ready || window.failed || performance.now() > end ? resolve() : setTimeout(look, 20));
  look();
})"""


def open_demo(
    browser: Browser,
    root: Path,
    name: str,
    data: dict[str, Any] | None = None,
    *,
    theme: str = "light",
    width: int = 760,
    height: int = 900,
    margin: int = 16,
    files: Mapping[str, Path] | None = None,
    **context_options: Any,
) -> Page:
    """A page that shows one demo, ready to use.

    In the page, `values` holds what the demo shares, `change(name, value)` sets one as Python would,
    `cleanup()` ends the demo, `listening()` counts the listeners left. `page.foreign` lists requests to other
    hosts (all refused), `page.errors` what was thrown, `page.complaints` the errors written to the console.

    Args:
        browser: as from `course_utils.browser.launch()`.
        root: the checkout.
        name: the demo.
        data: as in the directive's `:data:`.
        theme: "light" or "dark".
        width: of the window, in pixels.
        height: of the window, in pixels.
        margin: around the demo, in pixels.
        files: served at these addresses below `_static/` instead of the checkout's own.
        context_options: of Playwright's `new_context`, such as `has_touch=True`.

    Raises:
        CourseError: the demo did not start.
    """
    context = browser.new_context(viewport={"width": width, "height": height}, **context_options)
    page = context.new_page()
    page.foreign = []  # type: ignore[attr-defined]
    page.errors = []  # type: ignore[attr-defined]
    page.complaints = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.errors.append(str(error)))  # type: ignore[attr-defined]
    page.on("console", lambda line: line.type == "error" and page.complaints.append(line.text))  # type: ignore[attr-defined]
    values = {"files": f"{ORIGIN}/", **(data or {})}
    html = _PAGE.format(
        name=name, theme=theme, margin=margin, values=json.dumps(values), policy=POLICY, wait_ms=_WAIT_MS
    )
    answering = _Files(root, html, page.foreign, files or {})  # type: ignore[attr-defined]
    context.route("**/*", answering.answer)
    page.goto(f"{ORIGIN}/")
    # Playwright's own waiting evaluates text in the page, which the policy forbids.
    page.evaluate(_SETTLED)
    if not page.evaluate("Boolean(window.ready)"):
        context.close()
        reason = "; ".join(page.errors) or "nothing was shown within 30 seconds"  # type: ignore[attr-defined]
        raise CourseError(f"The demo {name} did not start: {reason}.")
    return page


class _Files:
    """Answers the page's requests from the checkout, and refuses and remembers all others."""

    def __init__(self, root: Path, html: str, foreign: list[str], given: Mapping[str, Path]) -> None:
        self.root = root
        self.given = given
        self.static = root / "book" / "_static"
        self.vendor = {f"vendor/{place}": root / "node_modules" / name for name, place in FILES.items()}
        self.html = html
        self.foreign = foreign

    def answer(self, route: Route) -> None:
        url = route.request.url
        if not url.startswith(f"{ORIGIN}/"):
            self.foreign.append(url)
            route.abort()
            return
        path = url.removeprefix(f"{ORIGIN}/").split("?")[0]
        if not path:
            route.fulfill(body=self.html, content_type="text/html; charset=utf-8")
            return
        file = self.given.get(path) or self.vendor.get(path, self.static / path)
        if not file.is_file():
            file = file_of_site(self.root, path) or file
        if file.is_file():
            route.fulfill(
                body=file.read_bytes(), content_type=_TYPES.get(file.suffix, "application/octet-stream")
            )
        else:
            route.fulfill(status=404, body="not found")
