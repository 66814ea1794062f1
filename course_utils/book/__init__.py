"""The Sphinx extension of the course's site, and the tools that build it.

The extension adds the directives that chapters use (demos, quizzes, boxes, launch links), dark versions of
figures, and the page frame. `build`, `serve` and `notebooks` are what the command line calls.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_PARTS = (
    "boxes",
    "demo",
    "gallery",
    "quiz",
    "progress",
    "live",
    "live_exercise",
    "launch",
    "repository",
    "figures",
    "status",
    "shipped_models",
    "offline",
    "formulas",
    "literature",
    "theme",
    "stylesheet",
)


def setup(app: Sphinx) -> dict[str, object]:
    """Register every part of the extension; called by Sphinx."""
    for part in _PARTS:
        importlib.import_module(f"course_utils.book.{part}").setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
