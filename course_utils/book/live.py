"""The ``live`` directive: JavaScript that the reader edits and runs in the page.

In HTML it is a block of code with its output, which ``lab/live/cells.js`` brings to life. A reader without
JavaScript, and every other builder, has the code and the output that the page's author expects of it; a test
runs the code and holds the output to it.
"""

from __future__ import annotations

import re
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from course_utils.book.live_body import Body, BodyMistake, read_body
from course_utils.book.mistakes import report

NAME = re.compile(r"[a-z][a-z0-9-]*")
NEEDS = ("tf", "nothing")
BACKENDS = ("webgl", "wasm", "cpu", "webgpu")
OUTPUT_WORDS = "Output"


class live(nodes.General, nodes.Element):  # noqa: N801 - docutils names its nodes in lower case
    """A live cell: its children are its code and, where there is some, its expected output."""


class Live(SphinxDirective):
    r"""A fenced ``{live} NAME`` with the options below; its body is code, then perhaps ``--- output`` and text.

    ``:group:`` names the cells of the page that share variables (by default all of them), ``:needs:`` is "tf" or
    "nothing", ``:backend:`` the one to compute on, ``:height:`` the editor's greatest height in lines, and the
    flag ``:raises:`` says that the code is meant to fail.
    """

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict] = {
        "group": directives.unchanged_required,
        "needs": directives.unchanged_required,
        "backend": directives.unchanged_required,
        "height": directives.unchanged_required,
        "raises": directives.flag,
    }
    #: The sections that may follow the code.
    sections: ClassVar[tuple[str, ...]] = ("output",)

    def run(self) -> list[nodes.Node]:
        """Build the cell, or report its first mistake."""
        mistake = self.mistake()
        if mistake:
            return report(self, mistake)
        try:
            body = read_body("\n".join(self.content), self.sections)
        except BodyMistake as error:
            return report(self, str(error))
        cell = self.cell(body)
        cell["progress"] = {"kind": "cell", "id": self.arguments[0], "title": "Live cells", "total": 1}
        return [cell]

    def mistake(self) -> str | None:
        """The first thing that is wrong with the name or the options, as a sentence."""
        name = self.arguments[0]
        names = self.env.temp_data.setdefault("course_live", set())
        if not NAME.fullmatch(name):
            return f"“{name}” is not a cell's name; use small letters, digits and hyphens"
        if name in names:
            return f"the page has another live cell “{name}”; give each cell its own name"
        names.add(name)
        options = self.options
        if not NAME.fullmatch(options.get("group", "page")):
            return f"“{options['group']}” is not a group's name; use small letters, digits and hyphens"
        for option, known in (("needs", NEEDS), ("backend", BACKENDS)):
            if options.get(option, known[0]) not in known:
                return f":{option}: “{options[option]}” is not known; write {' or '.join(known)}"
        if not re.fullmatch(r"[1-9]\d?", options.get("height", "1")):
            return f":height: “{options['height']}” is not a number of lines from 1 to 99"
        return None

    def cell(self, body: Body) -> live:
        """The cell's node."""
        code = nodes.literal_block(body.code, body.code, language="javascript", classes=["live-code"])
        node = live("", code, ids=[f"live-{self.arguments[0]}"], name=self.arguments[0])
        if body.output:
            # a plain block, which no highlighter guesses at
            node += nodes.literal_block(body.output, body.output, language="none", classes=["live-expected"])
        node["data"] = {
            "live": self.arguments[0],
            "group": self.options.get("group", "page"),
            "needs": self.options.get("needs", "tf"),
            "backend": self.options.get("backend", ""),
            "height": self.options.get("height", ""),
            "raises": "true" if "raises" in self.options else "",
        }
        self.set_source_info(node)
        self.set_source_info(code)
        return node


class LiveInPrint(SphinxPostTransform):
    """Outside HTML a live cell is its code and, under a word, its output."""

    default_priority = 100

    def run(self, **_kwargs: object) -> None:
        """Replace every live cell, unless the builder writes HTML."""
        if self.app.builder.format == "html":
            return
        for node in list(self.document.findall(live)):
            code, *outputs = node.children
            words = [nodes.paragraph("", f"{OUTPUT_WORDS}:")] if outputs else []
            node.replace_self([code, *words, *outputs])


def open_cell(self: HTML5Translator, node: live, *classes: str) -> None:
    """Write the cell's opening tag with what the script needs to know, and its code."""
    data = {f"data-{name}": value for name, value in node["data"].items() if value}
    data["data-page"] = self.builder.current_docname
    label = f"Live cell {node['name'].replace('-', ' ')}"
    names = " ".join(("live", *classes))
    self.body.append(self.starttag(node, "div", CLASS=names, role="group", **{"aria-label": label}, **data))
    node.children[0].walkabout(self)


def write_output(self: HTML5Translator, node: live) -> None:
    """Write the output that the author expects, if there is one."""
    outputs = node.children[1:]
    if outputs:
        self.body.append(f'<div class="live-recorded"><p class="live-word">{OUTPUT_WORDS}</p>\n')
        for output in outputs:
            output.walkabout(self)
        self.body.append("</div>\n")


def _visit_live(self: HTML5Translator, node: live) -> None:
    open_cell(self, node)
    write_output(self, node)
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_node(live, html=(_visit_live, None))
    app.add_directive("live", Live)
    app.add_post_transform(LiveInPrint)
