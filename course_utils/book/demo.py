"""The ``demo`` directive: a picture in the page, which a module of JavaScript replaces on Start."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from PIL import Image
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri
from sphinx.writers.html5 import HTML5Translator

from course_utils.book.mistakes import report

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_THEMES = ("light", "dark")
_NO_SCRIPT = "This is a picture of a demo. Turn on JavaScript in your browser to run it."
_ON_THE_SITE = "This demo runs on the course's site. Its picture: "


class demo(nodes.figure):  # noqa: N801 - docutils names its nodes in lower case
    """A demo with its fallback pictures; its children are the caption's paragraphs."""


class Demo(SphinxDirective):
    """``:::{demo} NAME`` with ``:alt:``, ``:data:`` (JSON) and a caption as its body.

    ``:picture:`` names another scene of `course pictures` than the demo's own, for a page that gives it other data.
    """

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict] = {
        "alt": directives.unchanged_required,
        "data": directives.unchanged_required,
        "picture": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Build the figure, or report what keeps it from running."""
        name = self.arguments[0]
        mistake = self._mistake(name)
        if mistake:
            return report(self, mistake)
        seen = self.env.temp_data.setdefault("course_demos", {})
        # The first demo is often in sight when the page opens, where lazy loading only delays its picture.
        first = not seen
        seen[name] = seen.get(name, 0) + 1
        figure = demo(
            "",
            ids=[f"demo-{name}" if seen[name] == 1 else f"demo-{name}-{seen[name]}"],
            name=name,
            picture=self._picture(),
            eager=first,
            alt=" ".join(self.options["alt"].split()),
            model=json.dumps(self._model(), ensure_ascii=False),
        )
        with Image.open(self._static(f"demos/{self._picture()}.light.webp")) as picture:
            figure["size"] = picture.size
        self.set_source_info(figure)
        self.state.nested_parse(self.content, self.content_offset, figure)
        return [figure]

    def _mistake(self, name: str) -> str | None:
        """The first thing that is wrong with the directive, as a sentence."""
        if not _NAME.fullmatch(name):
            return f"“{name}” is not a demo's name; use small letters, digits and hyphens"
        for file in (f"{name}.js", *(f"{self._picture()}.{theme}.webp" for theme in _THEMES)):
            if not self._static(f"demos/{file}").is_file():
                kind = "module" if file.endswith(".js") else "fallback picture"
                return f"the {kind} demos/{file} is not in html_static_path; make it or correct the name"
        if not self.options.get("alt", "").strip():
            return "the option :alt: is missing; say in words what the picture shows"
        if not any(line.strip() for line in self.content):
            return "the caption is missing; say in a sentence what to try"
        try:
            if isinstance(self._model(), dict):
                return None
        except json.JSONDecodeError as error:
            return f':data: is not valid JSON ({error}); write it like {{"points": [[1, 2]]}}'
        return ':data: must be a JSON object, like {"points": [[1, 2]]}'

    def _picture(self) -> str:
        return self.options.get("picture", self.arguments[0])

    def _model(self) -> dict:
        return json.loads(self.options.get("data", "{}"))

    def _static(self, file: str) -> Path:
        """The file in the first static folder that has it (or where the first folder would have it)."""
        folders = [Path(self.env.app.confdir, folder) for folder in self.config.html_static_path]
        candidates = [folder / file for folder in folders] or [Path(self.env.app.confdir, file)]
        found = next((path for path in candidates if path.is_file()), candidates[0])
        self.env.note_dependency(str(found))
        return found


class DemoInPrint(SphinxPostTransform):
    """Outside HTML a demo is its caption and a description of its picture."""

    default_priority = 100

    def run(self, **_kwargs: object) -> None:
        """Replace every demo, unless the builder writes HTML."""
        if self.app.builder.format == "html":
            return
        for figure in list(self.document.findall(demo)):
            description = nodes.paragraph("", _ON_THE_SITE + figure["alt"])
            figure.replace_self([*figure.children, description])


def _visit_demo(self: HTML5Translator, node: demo) -> None:
    width, height = node["size"]
    here = self.builder.get_target_uri(self.builder.current_docname)
    pictures = "".join(
        f'<img class="only-{theme}" alt="{html.escape(node["alt"])}" width="{width}" height="{height}" '
        f'loading="{"eager" if node["eager"] and theme == "light" else "lazy"}" decoding="async" '
        f'src="{relative_uri(here, "_static/demos/" + node["picture"] + f".{theme}.webp")}">'
        for theme in _THEMES
    )
    attributes = {"data-demo": node["name"], "data-model": node["model"]}
    self.body.append(
        self.starttag(node, "figure", CLASS="demo", **attributes)
        + f'<div class="demo-stage"><div class="demo-picture">{pictures}</div></div>\n'
        '<div class="demo-bar" hidden><button type="button" class="demo-start">Start the demo</button>'
        '<p class="demo-status" role="status" aria-live="polite"></p></div>\n'
        f"<noscript><p>{_NO_SCRIPT}</p></noscript>\n"
        "<figcaption>\n"
    )


def _depart_demo(self: HTML5Translator, _node: demo) -> None:
    self.body.append("</figcaption>\n</figure>\n")


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_node(demo, html=(_visit_demo, _depart_demo))
    app.add_directive("demo", Demo)
    app.add_post_transform(DemoInPrint)
