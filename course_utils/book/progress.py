"""The ``progress`` directive: what the reader has done of the book's quizzes, exercises and live cells.

Whatever can be done in the book is a node with an attribute ``progress``: its kind, id, title, total and perhaps
its week. They are collected while the pages are read, and written as a table that stands there without
JavaScript too. ``lab/progress-view.js`` fills in what this browser has kept.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from course_utils.book.mistakes import report

_NO_SCRIPT = (
    "Your browser counts what you have done; with JavaScript turned on, it shows here. "
    "This is what there is to do:"
)
_ON_THE_SITE = "The course's site shows here what you have done of its quizzes and exercises."
_UNITS = {"quiz": ("question", "questions"), "exercise": ("check", "checks"), "cell": ("cell", "cells")}


class progress(nodes.General, nodes.Element):  # noqa: N801 - docutils names its nodes in lower case
    """The table of all weeks, or the line of one."""


@dataclass(frozen=True)
class Item:
    """Something that can be done on a page; its live cells are one item together."""

    page: str
    kind: str
    ids: tuple[str, ...]
    title: str
    total: int
    week: str
    anchor: str

    @property
    def keys(self) -> list[str]:
        """The names by which `lab/progress.js` keeps it."""
        return [f"{self.page}#{self.kind}-{name}" for name in self.ids]


@dataclass(frozen=True)
class Week:
    """A week (or another part of the book) and what can be done in it."""

    key: str
    title: str
    items: list[Item]


class Progress(SphinxDirective):
    """``:::{progress}`` for the whole table, ``:::{progress} WEEK`` for one week's line."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict] = {}

    def run(self) -> list[nodes.Node]:
        """Build the node, which is written once all pages are read."""
        week = self.arguments[0] if self.arguments else ""
        if week and not re.fullmatch(r"[a-z][a-z0-9-]*", week):
            return report(
                self, f"“{week}” is not a week's name; write it as its folder is called, like week1"
            )
        shown = _collected(self.env)["shown"]
        shown[self.env.docname] = shown.get(self.env.docname, False) or not week
        node = progress("", week=week)
        self.set_source_info(node)
        return [node]


def weeks(env: BuildEnvironment) -> list[Week]:
    """All that can be done in the book, week by week in reading order."""
    order, titles = _table_of_contents(env)
    items = [item for page in order for item in _collected(env)["items"].get(page, [])]
    keys = list(titles)
    for key in sorted({item.week for item in items} - set(keys)):
        # a week whose chapters are not there yet stands after the week before it
        before = [known for known in keys if known.startswith("week") and known < key] or keys[-1:]
        keys.insert(keys.index(before[-1]) + 1 if before else 0, key)
    found = []
    for key in keys:
        of_week = [item for item in items if item.week == key]
        if of_week:
            found.append(Week(key, titles.get(key) or key.replace("week", "Week ").capitalize(), of_week))
    return found


def _collected(env: BuildEnvironment) -> dict:
    """What was read so far: items by page, whether a page that shows progress shows all of it, and what those
    pages were last written from."""
    if not hasattr(env, "course_progress"):
        env.course_progress = {"items": {}, "shown": {}, "written": ""}
    return env.course_progress


def _collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note what can be done on a page that was just read."""
    page = app.env.docname
    found: list[Item] = []
    cells: list[tuple[str, str]] = []
    for node in doctree.findall(lambda node: isinstance(node, nodes.Element) and "progress" in node):
        told, anchor = node["progress"], (node["ids"] or [""])[0]
        if told["kind"] == "cell":
            cells.append((told["id"], anchor))
        else:
            week = told.get("week") or _folder(page)
            found.append(Item(page, told["kind"], (told["id"],), told["title"], told["total"], week, anchor))
    if cells:
        names = tuple(name for name, _ in cells)
        found.insert(0, Item(page, "cell", names, "Live cells", len(cells), _folder(page), cells[0][1]))
    _collected(app.env)["items"][page] = found


def _folder(page: str) -> str:
    return page.split("/")[-2] if "/" in page else page


def _table_of_contents(env: BuildEnvironment) -> tuple[list[str], dict[str, str]]:
    """The pages in reading order, and the title of the part of the book that each folder is."""
    root = env.config.root_doc
    titles: dict[str, str] = {}
    for tree in env.get_doctree(root).findall(addnodes.toctree):
        for page in tree["includefiles"]:
            titles.setdefault(_folder(page), tree.get("caption") or "")
    order: list[str] = []

    def follow(page: str) -> None:
        if page not in order:
            order.append(page)
            for below in env.toctree_includes.get(page, []):
                follow(below)

    follow(root)
    return [*order, *sorted(set(_collected(env)["items"]) - set(order))], titles


def _purge(_app: Sphinx, env: BuildEnvironment, page: str) -> None:
    collected = _collected(env)
    collected["items"].pop(page, None)
    collected["shown"].pop(page, None)


def _merge(_app: Sphinx, env: BuildEnvironment, pages: Iterable[str], other: BuildEnvironment) -> None:
    mine, theirs = _collected(env), _collected(other)
    for page in pages:
        if page in theirs["items"]:
            mine["items"][page] = theirs["items"][page]
        if page in theirs["shown"]:
            mine["shown"][page] = theirs["shown"][page]


def _outdated(_app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The pages that show progress, where there is something else to do than when they were last written."""
    collected = _collected(env)
    now = repr(
        (sorted(collected["items"].items()), [str(env.titles.get(page)) for page in collected["items"]])
    )
    if now == collected["written"]:
        return []
    collected["written"] = now
    return sorted(collected["shown"])


class ProgressInPrint(SphinxPostTransform):
    """Outside HTML a sentence says where progress is shown."""

    default_priority = 100

    def run(self, **_kwargs: object) -> None:
        """Replace the table and leave out a week's line, unless the builder writes HTML."""
        if self.app.builder.format == "html":
            return
        for node in list(self.document.findall(progress)):
            node.replace_self([] if node["week"] else nodes.paragraph("", _ON_THE_SITE))


def _visit_progress(self: HTML5Translator, node: progress) -> None:
    env = self.builder.env
    if node["week"]:
        of_week = [week for week in weeks(env) if week.key == node["week"]]
        self.body += [_line(self, week) for week in of_week]
        return
    self.body.append(
        '<div class="course-progress" data-progress="all">\n'
        f"<noscript><p>{_NO_SCRIPT}</p></noscript>\n"
        '<p class="course-progress-trouble" hidden></p>\n'
        '<div class="course-progress-tools" hidden></div>\n'
        '<p class="course-progress-said" role="status" aria-live="polite"></p>\n'
    )
    for week in weeks(env):
        self.body += _table(self, week)
    self.body.append("</div>\n")


def _line(self: HTML5Translator, week: Week) -> str:
    """One week's line, which shows once there is a number to show."""
    whole = sorted(page for page, shows_all in _collected(self.builder.env)["shown"].items() if shows_all)
    items = json.dumps([[item.kind, item.keys, item.total] for item in week.items if item.kind != "cell"])
    link = f'<a href="{html.escape(_address(self, whole[0]))}">All your progress</a>' if whole else ""
    data = f'data-progress="week" data-items="{html.escape(items)}"'
    return f'<div class="course-progress-line" {data} hidden>{link}</div>\n'


def _table(self: HTML5Translator, week: Week) -> Iterator[str]:
    name = html.escape(week.title)
    yield f'<div class="course-progress-week" data-week="{html.escape(week.key)}">\n'
    yield f'<p class="course-progress-title" id="progress-{week.key}">{name}</p>\n'
    yield '<div class="course-progress-bar" hidden></div>\n'
    yield f'<table class="course-progress-table" aria-labelledby="progress-{week.key}">\n'
    yield '<thead><tr><th scope="col">What there is to do</th><th scope="col">Done</th></tr></thead>\n'
    for page, items in groupby(week.items, key=lambda item: item.page):
        title = html.escape(self.builder.env.titles[page].astext())
        link = f'<a href="{html.escape(_address(self, page))}">{title}</a>'
        yield f'<tbody><tr><th colspan="2" scope="rowgroup">{link}</th></tr>\n'
        for item in items:
            address = html.escape(f"{_address(self, page)}#{item.anchor}")
            unit = _UNITS[item.kind][item.total != 1]
            keys = html.escape(json.dumps(item.keys))
            yield (
                f'<tr data-kind="{item.kind}" data-keys="{keys}" data-total="{item.total}">'
                f'<td><a href="{address}">{html.escape(item.title)}</a></td>'
                f'<td class="course-progress-done">{item.total} {unit}</td></tr>\n'
            )
        yield "</tbody>\n"
    yield "</table>\n</div>\n"


def _address(self: HTML5Translator, page: str) -> str:
    return self.builder.get_relative_uri(self.builder.current_docname, page)


def _depart_progress(_self: HTML5Translator, _node: progress) -> None:
    """Everything is written on the way in."""


def setup(app: Sphinx) -> None:
    """Register the directive, and collect what can be done."""
    app.add_node(progress, html=(_visit_progress, _depart_progress))
    app.add_directive("progress", Progress)
    app.add_post_transform(ProgressInPrint)
    app.connect("doctree-read", _collect)
    app.connect("env-purge-doc", _purge)
    app.connect("env-merge-info", _merge)
    app.connect("env-get-updated", _outdated)
