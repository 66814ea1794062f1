"""The ``live-exercise`` directive: JavaScript that the reader completes, and checks that try it.

In HTML it is a live cell with a list of checks, which ``lab/live/exercise.js`` brings to life and
``lab/live/checks.js`` judges. A reader without JavaScript, and every other builder, has the task, the code to
begin with, what is checked, the hint and the solution. A test runs every solution, which passes, and every start,
which does not.
"""

from __future__ import annotations

import html
import json
import re
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

from course_utils.book.boxes import folded, folded_title
from course_utils.book.live import Live
from course_utils.book.live_body import Body, BodyMistake, read_body
from course_utils.book.mistakes import report

#: The sections of an exercise after its code; all but the last are needed.
SECTIONS = ("task", "checks", "hint", "solution", "why")
CHECKED_WORDS = "What is checked"
_WEEK = re.compile(r"[a-z][a-z0-9-]*")
_CHECK = re.compile(r'^check\((?P<name>"(?:[^"\\\n]|\\.)+")', re.M)


class live_exercise(nodes.General, nodes.Element):  # noqa: N801 - docutils names its nodes in lower case
    """An exercise: its task, its live cell, its checks, its hint and its solution."""


class live_checks(nodes.General, nodes.Element):  # noqa: N801
    """The checks of an exercise: what each is called, and the code of all."""


class LiveExercise(Live):
    """A fenced ``{live-exercise} NAME`` with ``:title:`` and perhaps ``:week:``, such as week1.

    Its body is the code to begin with, then ``--- task`` (MyST), ``--- checks`` (JavaScript, see the top of
    ``lab/live/checks.js``), ``--- hint`` (MyST), ``--- solution`` (JavaScript) and perhaps ``--- why`` (MyST).
    """

    option_spec: ClassVar[dict] = {
        "title": directives.unchanged_required,
        "week": directives.unchanged_required,
        "height": directives.unchanged_required,
    }
    sections: ClassVar[tuple[str, ...]] = SECTIONS

    def run(self) -> list[nodes.Node]:
        """Build the exercise, or report its first mistake."""
        mistake = self.mistake()
        if mistake:
            return report(self, mistake)
        try:
            body = read_body("\n".join(self.content), self.sections)
        except BodyMistake as error:
            return report(self, str(error))
        missing = next((name for name in SECTIONS[:-1] if name not in body.sections), None)
        if missing:
            return report(self, f"the section “--- {missing}” is missing; an exercise needs it")
        if not check_names(body.sections["checks"]):
            return report(self, 'there is no check; begin a line of “--- checks” with check("What holds", …)')
        return [self._exercise(body)]

    def mistake(self) -> str | None:
        """The first thing that is wrong with the name or the options, as a sentence."""
        if not self.options.get("title", "").strip():
            return "the option :title: is missing; say in a few words what the exercise is about"
        week = self.options.get("week", "week1")
        if not _WEEK.fullmatch(week):
            return f":week: “{week}” is no week; write it as its folder is called, like week1"
        return super().mistake()

    def _exercise(self, body: Body) -> live_exercise:
        name, title = self.arguments[0], " ".join(self.options["title"].split())
        names = check_names(body.sections["checks"])
        told = {"kind": "exercise", "id": name, "title": title, "total": len(names)}
        if "week" in self.options:
            told["week"] = self.options["week"]
        node = live_exercise("", ids=[f"exercise-{name}"], name=name, title=title, progress=told)
        self.set_source_info(node)
        self._parse(body.sections["task"], node)
        # variables of its own, and arithmetic that is the same everywhere: a phone's graphics card may have 16 bits
        self.options |= {"group": f"exercise-{name}", "backend": "wasm"}
        node += self.cell(Body(body.code, {}))
        node += live_checks("", names=names, code=body.sections["checks"])
        hint, solution = self._box("Hint", "hint"), self._box("Solution", "solution")
        self._parse(body.sections["hint"], hint)
        code = body.sections["solution"]
        solution += nodes.literal_block(code, code, language="javascript")
        self._parse(body.sections.get("why", ""), solution)
        node += [hint, solution]
        return node

    def _parse(self, text: str, into: nodes.Element) -> None:
        if text:
            lines = StringList(text.split("\n"), source=self.env.docname)
            self.state.nested_parse(lines, self.content_offset, into)

    def _box(self, kind: str, name: str) -> folded:
        box = folded("", classes=["course-box", f"course-{name}"])
        box += folded_title("", "", nodes.inline(text=kind, classes=["course-kind"]))
        self.set_source_info(box)
        return box


def check_names(code: str) -> list[str]:
    """What the checks in a section ``--- checks`` are called, in their order."""
    return [json.loads(found["name"]) for found in _CHECK.finditer(code)]


class ExerciseInPrint(SphinxPostTransform):
    """Outside HTML an exercise is a title, its task, its code, its checks by name, and its two boxes."""

    default_priority = 99

    def run(self, **_kwargs: object) -> None:
        """Replace every exercise, unless the builder writes HTML."""
        if self.app.builder.format == "html":
            return
        for node in list(self.document.findall(live_checks)):
            items = [nodes.list_item("", nodes.paragraph("", name)) for name in node["names"]]
            node.replace_self([nodes.paragraph("", f"{CHECKED_WORDS}:"), nodes.bullet_list("", *items)])
        for node in list(self.document.findall(live_exercise)):
            node.replace_self([nodes.rubric("", f"Exercise: {node['title']}"), *node.children])


def _visit_exercise(self: HTML5Translator, node: live_exercise) -> None:
    data = {"data-exercise": node["name"], "data-title": node["title"]}
    data["data-page"] = self.builder.current_docname
    if "week" in node["progress"]:
        data["data-week"] = node["progress"]["week"]
    label = {"aria-label": f"Exercise: {node['title']}"}
    self.body.append(
        self.starttag(node, "section", CLASS="live-exercise", **data, **label)
        + '<p class="live-exercise-head"><span class="course-kind">Exercise</span>: '
        + f"{html.escape(node['title'])}</p>\n"
    )


def _depart_exercise(self: HTML5Translator, _node: live_exercise) -> None:
    self.body.append("</section>\n")


def _visit_checks(self: HTML5Translator, node: live_checks) -> None:
    """Write the names, and the code as data, which no browser runs by itself."""
    items = "".join(
        f'<li><span class="live-check-name">{html.escape(name)}</span></li>' for name in node["names"]
    )
    code = json.dumps(node["code"], ensure_ascii=False).replace("<", "\\u003c")
    self.body.append(
        f'<div class="live-checks"><p class="live-checks-word">{CHECKED_WORDS}</p>\n<ol>{items}</ol>\n'
        f'<script type="application/json">{code}</script></div>\n'
    )


def _nothing(_self: HTML5Translator, _node: nodes.Element) -> None:
    """All is written on the way in."""


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_node(live_exercise, html=(_visit_exercise, _depart_exercise))
    app.add_node(live_checks, html=(_visit_checks, _nothing))
    app.add_directive("live-exercise", LiveExercise)
    app.add_post_transform(ExerciseInPrint)
