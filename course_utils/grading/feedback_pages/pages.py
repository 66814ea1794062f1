"""From what stands in a page to the page: one self-contained HTML file in which nothing can act."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from course_utils.grading.feedback_pages.overview import Overview
from course_utils.grading.feedback_pages.student import ON_HIDDEN, Page

_TEMPLATES = Path(__file__).parent / "templates"
_COLOURS = {"passed": "passed", "not passed": "failed"}
_MARKS = {"passed": "✓", "not passed": "✗", "partly": "◐", "not marked yet": "…"}


def student_page(page: Page) -> str:
    """Return the feedback page of one student."""
    return _environment().get_template("student.html").render(page=page, on_hidden=ON_HIDDEN)


def class_page(overview: Overview) -> str:
    """Return the page of the class, for the instructor alone."""
    return _environment().get_template("class.html").render(page=overview)


def points(value: float) -> str:
    """Write points as a person would: at most two digits behind the point."""
    return f"{round(value, 2):g}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (_TEMPLATES / "feedback.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    environment.globals |= {"style": Markup(style), "style_hash": digest}
    environment.filters |= {
        "points": points,
        "colour": lambda state: _COLOURS.get(state, "partly"),
        "mark": lambda state: _MARKS[state],
    }
    return environment
