"""What the pages' frame needs beyond the theme: icons without a script, and a Content-Security-Policy."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

from sphinx.application import Sphinx

from course_utils.book.policy import POLICY
from course_utils.book.stylesheet import HOME_SHEET
from course_utils.errors import CourseError

# The theme leaves the mode of a first visit empty, complains of it on the console, and shows a light page until its
# own script has run.
_FIRST_VISIT = (
    '{const root = document.documentElement.dataset; root.mode ||= "auto"; '
    'root.theme ||= matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";}'
)
# An icon of Font Awesome as the theme writes it: its style, then its name.
_ICON = re.compile(r'class="[^"]*\b(fa-solid|fa-regular|fa-brands|fas|far|fab) (?:fa-lg )?fa-([a-z0-9-]+)')
_FOLDERS = {"fa-solid": "solid", "fas": "solid", "fa-regular": "regular", "far": "regular"}
_RULES = """\
.fa-solid, .fa-regular, .fa-brands, .fas, .far, .fab {
  display: inline-block; width: 1.15em; height: 1em; vertical-align: -0.125em;
  background-color: currentcolor;
  mask: var(--icon, none) center / contain no-repeat;
}
.fa-lg { font-size: 1.25em; }
/* Where the theme would write a glyph of an icon font. */
:is(.fa-solid, .fa-regular, .fa-brands, .fas, .far, .fab)::before { content: none !important; }
"""
# Scripts that may wait until the page stands; the one that is left out holds what the inline scripts write to.
_NOT_DEFERRED = "documentation_options.js"


# What extensions write that a screen reader stumbles over: a label that hides what a folded cell says (MyST-NB),
# a role that is no more (docutils' citations, which stand in a list).
_REPAIRS = ((' aria-label="Toggle hidden content"', ""), (' role="doc-biblioentry"', ' role="listitem"'))
# A name in a table's cell, and the places where it may go on in the next line: between its words, never within one.
_CELL = re.compile(r"<td\b.*?</td>", re.DOTALL)
_NAME = re.compile(r'(?<=<span class="pre">)[^<]+(?=</span>)')
_BETWEEN_WORDS = re.compile(r"(?<=[A-Za-z0-9][_./=])(?=[A-Za-z0-9])|(?<=[a-z])(?=[A-Z])")


def setup(app: Sphinx) -> None:
    """Give every page its policy and its icons."""
    app.add_js_file(None, body=_FIRST_VISIT, priority=100)
    app.connect("html-page-context", _add_policy)
    app.connect("html-page-context", _add_home_style)
    app.connect("html-page-context", _repair)
    app.connect("html-page-context", _break_names)
    app.connect("html-page-context", _load_little, priority=900)
    app.connect("build-finished", _write_icons)


def _add_policy(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    context["metatags"] = f"{policy}\n{context.get('metatags', '')}"


def _add_home_style(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    if pagename == app.config.root_doc:
        app.add_css_file(HOME_SHEET, priority=900)


def _repair(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    for written, wanted in _REPAIRS:
        if "body" in context:
            context["body"] = context["body"].replace(written, wanted)


def _break_names(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    if "body" in context:
        context["body"] = breakable_names(context["body"])


def breakable_names(body: str) -> str:
    """The page's HTML with a place for a new line between the words of each name in code in a table's cell."""
    return _CELL.sub(lambda cell: _NAME.sub(lambda name: _BETWEEN_WORDS.sub("<wbr>", name[0]), cell[0]), body)


def _write_icons(app: Sphinx, exception: Exception | None) -> None:
    """Write `_static/icons.css`: one mask for every icon that occurs on a page.

    The theme would load a script of half a megabyte to draw some twenty icons.
    """
    if exception is not None or app.builder.format != "html":
        return
    html = Path(app.outdir)
    found: set[tuple[str, str]] = set()
    for page in html.rglob("*.html"):
        found.update(_ICON.findall(page.read_text(encoding="utf-8")))
    package = Path(app.srcdir) / "node_modules" / "@fortawesome" / "fontawesome-free"
    rules = [_RULES]
    for style, name in sorted(found):
        drawing = re.sub(r"<!--.*?-->", "", _drawing(package, style, name), flags=re.S)
        rules.append(f'.{style}.fa-{name} {{ --icon: url("data:image/svg+xml,{quote(drawing)}"); }}')
    target = html / "_static" / "icons.css"
    text = "\n".join(rules) + "\n"
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")


def _drawing(package: Path, style: str, name: str) -> str:
    """The SVG of an icon, which the theme may call by an older name."""
    folder = package / "svgs" / _FOLDERS.get(style, "brands")
    path = folder / f"{name}.svg"
    if not path.is_file():
        icons = json.loads((package / "metadata" / "icon-families.json").read_text(encoding="utf-8"))
        names = [key for key, icon in icons.items() if name in icon.get("aliases", {}).get("names", [])]
        path = folder / f"{names[0] if names else name}.svg"
    if not path.is_file():
        raise CourseError(
            f"A page uses the icon {style} fa-{name}, but {folder} has no drawing of that name."
        )
    return path.read_text(encoding="utf-8")


def _load_little(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    """Leave one style sheet for all pages, and let the scripts wait: a dozen files less before a page shows."""
    if "css_files" in context:
        context["css_files"] = [css for css in context["css_files"] if str(css.filename).endswith(HOME_SHEET)]
    for script in context.get("script_files", []):
        name = str(getattr(script, "filename", None) or "")
        if name and "type" not in script.attributes and not name.endswith(_NOT_DEFERRED):
            script.attributes["defer"] = "defer"
