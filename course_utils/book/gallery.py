"""The ``gallery`` directive: demos as cards, each with its picture and the pages on which it runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from course_utils.book.figures import picture
from course_utils.book.mistakes import report
from course_utils.book.myst import walk
from course_utils.book.pages import pages, source

_ENTRY = re.compile(
    r"(?P<name>[a-z][a-z0-9-]*)[ \t]*\|[ \t]*(?P<title>[^|]+?)[ \t]*\|[ \t]*(?P<sentence>[^|]+)"
)
_LABORATORY = "book/lab/"


@dataclass(frozen=True)
class Place:
    """A page on which a demo runs, and what the picture of it shows there."""

    page: str
    alt: str


class Gallery(SphinxDirective):
    """``:::{gallery}`` whose body has a line ``NAME | Title | What to do with it.`` for each demo."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Build the list of cards, or report the line that names no demo of the book."""
        root = Path(self.env.srcdir)
        cards = nodes.bullet_list(classes=["demo-gallery"])
        found = places(root)
        for line in filter(str.strip, self.content):
            entry = _ENTRY.fullmatch(line.strip())
            if not entry:
                return report(self, f"“{line}” is not “name | Title | A sentence.”")
            if entry["name"] not in found:
                return report(self, f"no page of the book has the demo “{entry['name']}”")
            cards += self._card(root, found[entry["name"]], **entry.groupdict())
        self.set_source_info(cards)
        return [cards]

    def _card(self, root: Path, found: list[Place], name: str, title: str, sentence: str) -> nodes.list_item:
        for place in found:
            self.env.note_dependency(str(source(root, place.page)))
        # Its own page in the laboratory, where it has one, else the chapter that shows it first.
        first, *others = sorted(found, key=lambda place: not place.page.startswith(_LABORATORY))
        pictures = picture()
        for theme in ("light", "dark"):
            uri = f"/book/_static/demos/{name}.{theme}.webp"
            pictures += nodes.image(uri=uri, alt=first.alt, loading="lazy")
        words = nodes.paragraph("", "", _link(first.page, title), nodes.Text(f" {sentence}"))
        card = nodes.list_item("", pictures, words)
        if others:
            also = nodes.paragraph("", "Also in ", classes=["demo-gallery-also"])
            for place in others:
                also += [_link(place.page), nodes.Text(", ")]
            also[-1] = nodes.Text(".")
            card += also
        return card


def _link(page: str, words: str = "") -> addnodes.pending_xref:
    """A link to the page; its text is the page's title where no words are given."""
    to = {"refdomain": "std", "reftype": "doc", "reftarget": f"/{page}", "refwarn": True}
    return addnodes.pending_xref("", nodes.inline(text=words or page), refexplicit=bool(words), **to)


def places(root: Path) -> dict[str, list[Place]]:
    """The pages on which each demo runs, in reading order, by the demo's name."""
    found: dict[str, list[Place]] = {}
    for page in pages(root):
        for name, alt in _demos_of(file := source(root, page), file.stat().st_mtime_ns):
            if all(place.page != page for place in found.setdefault(name, [])):
                found[name].append(Place(page, alt))
    return found


@cache
def _demos_of(file: Path, _changed: int) -> tuple[tuple[str, str], ...]:
    text = file.read_text(encoding="utf-8")
    if "{demo}" not in text:
        return ()
    directives = walk(text, file.name)
    return tuple((each.argument, each.text("alt")) for each in directives if each.name == "demo")


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("gallery", Gallery)
