"""What the references of a chapter point at: titles, labels, figures, equations and the literature.

A notebook has no links into the site, so the generator replaces every reference by words that come from here.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml

from course_utils.book.myst import MystMistake, walk
from course_utils.book.pages import pages, source

_TARGET = re.compile(r"\((?P<label>[^()\n]+)\)=[ \t]*$", re.M)
_HEADING = re.compile(r"#+[ \t]+(?P<title>.+?)[ \t]*#*[ \t]*$", re.M)
_EQUATION = re.compile(r"\$\$[ \t]*\((?P<label>[\w:.-]+)\)[ \t]*$", re.M)
_CELL_OPTIONS = re.compile(r"^```\{code-cell\}[^\n]*\n---\n(?P<options>.*?)\n---$", re.M | re.S)


@dataclass
class Page:
    """What one page offers to references, in the order in which the site numbers it."""

    name: str
    title: str
    figures: dict[str, str] = field(default_factory=dict)
    """Labels of captioned figures and their captions; a figure without a label has an invented one."""
    equations: list[str] = field(default_factory=list)
    sections: dict[str, str] = field(default_factory=dict)

    def figure_number(self, label: str) -> int | None:
        """The figure's number within this page."""
        return list(self.figures).index(label) + 1 if label in self.figures else None

    def equation_number(self, label: str) -> int | None:
        """The equation's number within this page."""
        return self.equations.index(label) + 1 if label in self.equations else None


def read_page(name: str, text: str, path: str) -> Page:
    """Collect the title, labels, figures and equations of a page's MyST *text*; *path* is for messages."""
    heading = re.search(r"^# +(.+?) *$", text, re.M)
    page = Page(name, plain(heading[1]) if heading else posixpath.basename(name))
    marks: list[tuple[int, str, str]] = []
    for cell in _CELL_OPTIONS.finditer(text):
        figure = ((yaml.safe_load(cell["options"]) or {}).get("mystnb") or {}).get("figure") or {}
        if figure.get("caption"):
            line = text.count("\n", 0, cell.start()) + 1
            marks.append((line, figure.get("name") or f"figure at line {line}", str(figure["caption"])))
    outside = _CELL_OPTIONS.sub(lambda cell: "\n" * cell[0].count("\n") + "```{code-cell}", text)
    for found in walk(outside, path):
        if found.name == "figure" and found.body.strip():
            marks.append((found.line, found.text("name") or f"figure at line {found.line}", found.body))
        elif found.name == "math" and found.text("label"):
            page.equations.append(found.text("label"))
    page.figures = {label: caption for _, label, caption in sorted(marks)}
    page.equations += [match["label"] for match in _EQUATION.finditer(text)]
    for target in _TARGET.finditer(text):
        heading = _HEADING.match(text[target.end() :].lstrip("\n"))
        page.sections[target["label"]] = plain(heading["title"]) if heading else target["label"]
    return page


def plain(markdown: str) -> str:
    """Markdown's words without its marks and roles, for titles."""
    words = re.sub(r"\{[\w:]+\}`([^`<]*?)(?:\s*<[^>]*>)?`", r"\1", markdown)
    return re.sub(r"[`*]", "", words).strip()


class References:
    """The references of all pages of the book at *root*."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @cached_property
    def pages(self) -> dict[str, Page]:
        """Every page of the table of contents that exists, by its name."""
        found = {}
        for name in pages(self._root):
            path = source(self._root, name)
            if path.is_file():
                found[name] = read_page(name, path.read_text(encoding="utf-8"), f"{name}.md")
        return found

    @cached_property
    def _literature(self) -> dict[str, tuple[str, str]]:
        """Citation keys with the authors as they are cited and the year."""
        from pybtex.database import parse_file

        bibliography = self._root / "book" / "references.bib"
        if not bibliography.is_file():
            return {}
        entries = parse_file(str(bibliography)).entries
        return {
            key: (authors_cited(entry), entry.fields.get("year", "no date")) for key, entry in entries.items()
        }

    def title(self, target: str, here: str, path: str, line: int) -> str:
        """The title of the page that ``{doc}`` names, relative to the page *here* or from the root."""
        folder = posixpath.dirname(here)
        joined = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
        name = posixpath.normpath(joined).removesuffix(".md")
        if name not in self.pages:
            raise MystMistake(
                path, line, f"there is no page “{target}”: it is not in _toc.yml, or not written"
            )
        return f"“{self.pages[name].title}”"

    def label(self, label: str, path: str, line: int) -> str:
        """The words for ``{ref}``: a section's title or a figure's caption."""
        for page in self.pages.values():
            if label in page.sections:
                return f"“{page.sections[label]}”"
            if label in page.figures:
                return f"“{plain(page.figures[label]).rstrip('.')}”"
        raise MystMistake(path, line, f"nothing has the label “{label}”")

    def figure(self, label: str, here: str, path: str, line: int) -> str:
        """The words for ``{numref}``: the number within this page, or where the figure is."""
        for page in self.pages.values():
            number = page.figure_number(label)
            if number:
                return f"Figure {number}" if page.name == here else f"the figure in “{page.title}”"
        return self.label(label, path, line)

    def equation(self, label: str, here: str, path: str, line: int) -> str:
        """The words for ``{eq}``: the number within this page, or where the equation is."""
        for page in self.pages.values():
            number = page.equation_number(label)
            if number:
                return f"({number})" if page.name == here else f"the equation in “{page.title}”"
        raise MystMistake(path, line, f"no equation has the label “{label}”")

    def citation(self, keys: str, textual: bool, path: str, line: int) -> str:
        """The words for ``{cite:p}`` and, where *textual*, ``{cite:t}``."""
        cited = []
        for key in (key.strip() for key in keys.split(",")):
            if key not in self._literature:
                raise MystMistake(path, line, f"book/references.bib has no entry “{key}”")
            authors, year = self._literature[key]
            cited.append(f"{authors} ({year})" if textual else f"{authors}, {year}")
        return ", ".join(cited) if textual else f"({'; '.join(cited)})"


def authors_cited(entry: object) -> str:
    """Family names as they are cited: one, two joined by *and*, or the first *et al.*"""
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [re.sub(r"[{}]", "", " ".join([*person.prelast_names, *person.last_names])) for person in people]
    if not names:
        return re.sub(r"[{}]", "", entry.fields.get("organization") or entry.fields.get("title", "Unknown"))
    return f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
