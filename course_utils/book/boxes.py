"""The boxes of a chapter: objectives, try-it, hint, solution, goes-wrong and remember.

The open boxes are plain docutils admonitions, so every builder knows how to write them. The folded ones
(hint, solution) are subclasses, which become ``<details>`` in HTML and stay admonitions elsewhere.
"""

from __future__ import annotations

from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from course_utils.book.mistakes import report


class folded(nodes.admonition):  # noqa: N801 - docutils names its nodes in lower case
    """A box that stays closed until the reader opens it."""


class folded_title(nodes.title):  # noqa: N801
    """What the reader sees of a folded box while it is closed."""


class Box(SphinxDirective):
    """A titled box with a MyST body."""

    kind: ClassVar[str]
    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    box_class: ClassVar[type[nodes.admonition]] = nodes.admonition
    title_class: ClassVar[type[nodes.title]] = nodes.title

    def run(self) -> list[nodes.Node]:
        """Build the box, or report that it is empty."""
        if not any(line.strip() for line in self.content):
            return report(self, "the box is empty; write its text between the fences")
        box = self.box_class("", classes=["course-box", f"course-{self.name}"])
        self.set_source_info(box)
        box += self.title()
        self.state.nested_parse(self.content, self.content_offset, box)
        box += self.ending()
        return [box]

    def title(self) -> nodes.title:
        """The kind of box in a class of its own, and the author's title after it."""
        title = self.title_class("", "", nodes.inline(text=self.kind, classes=["course-kind"]))
        self.set_source_info(title)
        if self.arguments:
            words, messages = self.parse_inline(self.arguments[0], lineno=self.lineno)
            title += [nodes.Text(": "), *words, *messages]
        return title

    def ending(self) -> list[nodes.Node]:
        """What follows the author's text."""
        return []


class Objectives(Box):
    """What the reader can do after the chapter, how long it takes and what it builds on."""

    kind = "After this chapter you can"
    optional_arguments = 0
    option_spec: ClassVar[dict] = {
        "minutes": directives.positive_int,
        "builds-on": directives.unchanged_required,
    }

    def ending(self) -> list[nodes.Node]:
        """A line with the time needed and the chapters needed."""
        parts: list[nodes.Node] = []
        if "minutes" in self.options:
            parts.append(nodes.inline(text=f"About {self.options['minutes']} minutes."))
        if "builds-on" in self.options:
            needed = self.options["builds-on"].rstrip(".")
            words, messages = self.parse_inline(needed, lineno=self.lineno)
            parts.append(nodes.inline("", "", nodes.Text("Builds on: "), *words, nodes.Text("."), *messages))
        if len(parts) == 2:
            parts.insert(1, nodes.Text(" "))
        return [nodes.paragraph("", "", *parts, classes=["course-needs"])] if parts else []


class TryIt(Box):
    """A short exercise."""

    kind = "Try it"


class GoesWrong(Box):
    """A failure that the reader provokes, and then repairs."""

    kind = "What goes wrong"


class Remember(Box):
    """The few lines to take away."""

    kind = "Remember"


class Hint(Box):
    """A folded hint."""

    kind = "Hint"
    box_class = folded
    title_class = folded_title


class Solution(Hint):
    """A folded solution, which never reaches the generated notebooks."""

    kind = "Solution"


BOXES: dict[str, type[Box]] = {
    "objectives": Objectives,
    "try-it": TryIt,
    "goes-wrong": GoesWrong,
    "remember": Remember,
    "hint": Hint,
    "solution": Solution,
}


def _visit_folded(self: HTML5Translator, node: folded) -> None:
    self.body.append(self.starttag(node, "details", CLASS="folded"))


def _depart_folded(self: HTML5Translator, _node: folded) -> None:
    self.body.append("</div></details>\n")


def _visit_folded_title(self: HTML5Translator, node: folded_title) -> None:
    self.body.append(self.starttag(node, "summary", ""))


def _depart_folded_title(self: HTML5Translator, _node: folded_title) -> None:
    self.body.append('</summary>\n<div class="folded-body">\n')


def setup(app: Sphinx) -> None:
    """Register the boxes."""
    app.add_node(folded, html=(_visit_folded, _depart_folded))
    app.add_node(folded_title, html=(_visit_folded_title, _depart_folded_title))
    for name, box in BOXES.items():
        # docutils has a ``hint`` admonition; the course's folded one replaces it
        app.add_directive(name, box, override=name == "hint")
