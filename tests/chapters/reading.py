"""A chapter's source as the tests of its shape see it: front matter, cells with their lines, directives."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml
from nbformat import NotebookNode

from course_utils.book.execution import read_notebook
from course_utils.book.pages import source
from tests.conftest import ROOT

FENCE = re.compile(r"^\s*(?P<fence>:{3,}|`{3,})(?P<rest>.*)$")
OPENING = re.compile(r"^\{(?P<name>[\w:-]+)\}\s*(?P<argument>.*)$")


@dataclass
class Directive:
    """A directive, or a plain block of code, whose name is then its language."""

    name: str
    argument: str
    line: int
    lines: list[str] = field(default_factory=list)
    inside: Directive | None = None
    is_code: bool = False

    @property
    def text(self) -> list[str]:
        """The lines of its body without options and blank ones."""
        return [line for line in self.lines if line.strip() and not re.match(r"^:[\w-]+:", line)]


@dataclass(frozen=True)
class Chapter:
    """One page of the book by its name, such as `book/week1/one-neuron`."""

    page: str

    @property
    def path(self) -> Path:
        """Its source."""
        return source(ROOT, self.page)

    @cached_property
    def source(self) -> str:
        """The whole file."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def front_matter(self) -> dict:
        """What stands between the first two lines of dashes."""
        _, matter, _ = self.source.split("---\n", 2) if self.source.startswith("---\n") else ("", "", "")
        return yaml.safe_load(matter) or {}

    @property
    def has_code(self) -> bool:
        """Whether any of it is run."""
        return self.path.is_file() and "```{code-cell}" in self.source

    @cached_property
    def notebook(self) -> NotebookNode | None:
        """Its cells, or None when it has no code."""
        return read_notebook(ROOT, self.page)

    @property
    def cells(self) -> list[NotebookNode]:
        """All cells, text and code, in order."""
        return self.notebook.cells if self.notebook else []

    @property
    def code(self) -> list[NotebookNode]:
        """The code cells."""
        return [cell for cell in self.cells if cell.cell_type == "code"]

    def place(self, cell: NotebookNode) -> str:
        """File and line of a cell, for messages."""
        line = self.notebook.metadata["source_map"][self.cells.index(cell)] + 1
        return f"{self.page}.md:{line}"

    @cached_property
    def directives(self) -> list[Directive]:
        """All directives, in the order in which they open."""
        return read_directives(self.source)

    def named(self, name: str) -> list[Directive]:
        """The directives of one kind."""
        return [directive for directive in self.directives if directive.name == name]

    @cached_property
    def syntax(self) -> list[ast.AST]:
        """Every node of every code cell's syntax tree."""
        return nodes([cell.source for cell in self.code])

    @cached_property
    def glued(self) -> list[str]:
        """The names that its code hands to `glue`, one for each call."""
        calls = [
            node.args[0].value
            for node in self.syntax
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "glue"
        ]
        return [str(name) for name in calls]

    @cached_property
    def spoken(self) -> set[str]:
        """The names that its prose takes from the run."""
        return set(re.findall(r"\{glue:\w*\}`([^`:]+)", self.source))


def read_directives(text: str) -> list[Directive]:
    """The directives and code blocks of a MyST text, nested ones included."""
    found: list[Directive] = []
    stack: list[tuple[str, Directive]] = []
    for number, line in enumerate(text.splitlines(), 1):
        match = FENCE.match(line)
        if match and stack and _closes(match, stack[-1][0]):
            stack.pop()
            continue
        for _, directive in stack:
            directive.lines.append(line)
        if not match or (stack and stack[-1][1].is_code):
            continue
        opening = OPENING.match(match["rest"].strip())
        name, argument = (opening["name"], opening["argument"]) if opening else (match["rest"].strip(), "")
        is_code = match["fence"][0] == "`" and (not opening or name == "code-cell")
        parent = stack[-1][1] if stack else None
        directive = Directive(name, argument, number, inside=parent, is_code=is_code)
        found.append(directive)
        stack.append((match["fence"], directive))
    return found


def _closes(match: re.Match[str], fence: str) -> bool:
    return not match["rest"].strip() and match["fence"][0] == fence[0] and len(match["fence"]) >= len(fence)


def nodes(sources: list[str]) -> list[ast.AST]:
    """Every node of the syntax trees of some cells; lines that are not Python (`%pip …`) are left out."""
    python = [re.sub(r"^[%!].*$", "", source, flags=re.M) for source in sources]
    return [node for text in python for node in ast.walk(ast.parse(text))]


def tags(cell: NotebookNode) -> set[str]:
    """The cell's tags."""
    return set(cell.metadata.get("tags", []))


def code_lines(text: str) -> int:
    """How many lines of code a cell has, beside blank ones and comments."""
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in text.splitlines())


def has_sentence(text: str) -> bool:
    """Whether a text cell says something under its last heading, beside labels, boxes and pictures."""
    text = re.split(r"^#+ .*$", text, flags=re.M)[-1]
    outside = re.sub(r"^(:{3,}|`{3,})\{.*?^\1\s*$", "", text, flags=re.M | re.S)
    lines = [line for line in outside.splitlines() if line.strip()]
    return any(not re.match(r"^(\(.*\)=$|:{3,}|`{3,}|\+\+\+|%)", line) for line in lines)
