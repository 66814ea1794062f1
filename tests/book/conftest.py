"""Tiny books, built by Sphinx in a temporary folder."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from course_utils.book.myst import EXTENSIONS
from tests.conftest import ROOT

PARTS = (
    "boxes",
    "demo",
    "gallery",
    "quiz",
    "live",
    "live_exercise",
    "progress",
    "launch",
    "repository",
    "figures",
    "shipped_models",
    "offline",
)
FRONT = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

"""
# A demo that counts the presses of its button, and tells the window when it was cleaned up.
COUNTER = """\
export default {
  render({ model, el }) {
    const button = document.createElement("button");
    let count = model.get("from");
    const show = () => { button.textContent = `Count ${count}`; };
    button.type = "button";
    button.addEventListener("click", () => { count += 1; model.set("count", count); show(); });
    model.on("change:count", (value) => { globalThis.told = value; });
    globalThis.given = ["files", "autostart"].map((name) => model.get(name));
    show();
    el.append(button);
    return () => { globalThis.cleaned = (globalThis.cleaned ?? 0) + 1; };
  },
};
"""


@dataclass
class Built:
    """A built book: its output folder, the log of warnings, and the finished application."""

    out: Path
    warnings: str
    app: Sphinx

    def page(self, name: str = "book/page") -> BeautifulSoup:
        return BeautifulSoup((self.out / f"{name}.html").read_text(encoding="utf-8"), "html.parser")

    def text(self, name: str = "book/page") -> str:
        return (self.out / f"{name}.txt").read_text(encoding="utf-8")

    def latex(self) -> str:
        return next(self.out.glob("*.tex")).read_text(encoding="utf-8")


Build = Callable[..., Built]


@pytest.fixture(autouse=True)
def _nowhere_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the address of the checkout or of the machine that runs it."""
    for name in ("GITHUB_REPOSITORY", "GITHUB_REF", "GITHUB_SERVER_URL", "COURSE_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The source folder of a book with a demo called ``counter`` and the course's own scripts."""
    return make_book(tmp_path)


def make_book(folder: Path) -> Path:
    """Make *folder* the source folder of a book, and return it."""
    static = folder / "book" / "_static"
    (static / "demos").mkdir(parents=True)
    shutil.copytree(ROOT / "book" / "_static" / "lab", static / "lab")
    (static / "demos" / "counter.js").write_text(COUNTER, encoding="utf-8")
    for theme, colour in (("light", "#eef"), ("dark", "#223")):
        Image.new("RGB", (640, 360), colour).save(static / "demos" / f"counter.{theme}.webp")
    return folder


@pytest.fixture
def build(book: Path) -> Build:
    """``build(text)`` makes the page ``book/page`` of *text* and builds it."""

    def run(text: str, builder: str = "html", **config: Any) -> Built:
        page = book / "book" / "page.md"
        page.write_text(text if text.startswith("---\n") else FRONT + text, encoding="utf-8")
        return build_book(book, builder, **config)

    return run


def build_book(book: Path, builder: str = "html", **config: Any) -> Built:
    """Build the book that lies in *book*, without running any cell."""
    settings = {
        "extensions": ["myst_nb", *(f"course_utils.book.{part}" for part in PARTS)],
        "project": "A book",
        "root_doc": "book/page",
        "exclude_patterns": ["_build", "exercises"],
        "html_theme": "basic",
        "html_static_path": ["book/_static"],
        "html_css_files": ["lab/directives.css"],
        "html_js_files": [["lab/page.js", {"type": "module"}]],
        "html_math_renderer": "mathjax",
        "mathjax_path": "nowhere.js",
        "myst_enable_extensions": sorted(EXTENSIONS),
        "nb_execution_mode": "off",
        "numfig": True,
    }
    out, warnings = book / "_build" / builder, io.StringIO()
    with docutils_namespace():
        app = Sphinx(
            srcdir=book,
            confdir=None,
            outdir=out,
            doctreedir=book / "_build" / "doctrees",
            buildername=builder,
            confoverrides={**settings, **config},
            status=None,
            warning=warnings,
        )
        app.build()
    return Built(out, re.sub(r"\x1b\[[0-9;]*m", "", warnings.getvalue()), app)
