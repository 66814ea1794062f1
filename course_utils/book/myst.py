"""Reading MyST Markdown: where its directives stand, and what is in them.

The site is made by MyST-Parser. This module reads the same text with the same grammar for the tools that do
something else with a chapter: the notebook generator and the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import yaml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from course_utils.errors import CourseError

#: The MyST extensions of the course, as in ``_config.yml``.
EXTENSIONS = frozenset(
    {"amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath", "substitution"}
)
#: Admonitions of docutils whose first line is part of their text.
ADMONITIONS = ("note", "tip", "warning", "important", "caution", "attention", "danger", "error", "seealso")
#: Directives whose body is MyST again.
CONTAINERS = frozenset(
    {
        *ADMONITIONS,
        *("admonition", "dropdown", "tab-set", "tab-item", "quiz", "question"),
        *("objectives", "try-it", "goes-wrong", "remember", "hint", "solution"),
    }
)
_INFO = re.compile(r"\{(?P<name>[\w:+.-]+)\}[ \t]*(?P<argument>.*)")
_OPTION = re.compile(r":(?P<key>[\w-]+):(?:[ \t]+(?P<value>.*))?")


@dataclass(frozen=True)
class Directive:
    """A directive: its name, argument, options and body, and the lines they stand on (from 1)."""

    name: str
    argument: str
    options: dict[str, object]
    body: str
    line: int
    body_line: int

    def text(self, option: str) -> str:
        """An option as text on one line, empty when it is missing."""
        return " ".join(str(self.options.get(option) or "").split())


@dataclass(frozen=True)
class Block:
    """A block of the text that is not a plain paragraph: what it is, and its lines (from 0, end excluded)."""

    token: Token
    start: int
    end: int
    prefix: str

    @property
    def kind(self) -> str:
        """The token's type."""
        return self.token.type


class MystMistake(CourseError):
    """MyST that cannot be read: a sentence with the page and the line."""

    def __init__(self, page: str, line: int, message: str) -> None:
        super().__init__(f"{page}:{line}: {message}")


_BLOCKS = frozenset(
    {
        *("fence", "colon_fence", "code_block", "html_block"),
        *("math_block", "math_block_label", "amsmath"),
        *("myst_target", "myst_line_comment", "dl_open"),
    }
)


@cache
def parser() -> MarkdownIt:
    """MyST's own parser with the course's extensions."""
    return create_md_parser(MdParserConfig(enable_extensions=set(EXTENSIONS)), RendererHTML)


def blocks(text: str) -> list[Block]:
    """The blocks of *text* that are not plain Markdown, in order; those inside another are left to it."""
    lines = text.split("\n")
    found: list[Block] = []
    for token in parser().parse(text):
        if token.type not in _BLOCKS or not token.map:
            continue
        start, end = token.map
        if found and start < found[-1].end:
            continue
        # a block inside a list item or a quotation: what stands before it on its line repeats for each line
        head = re.match(r"[ \t>]*(?:(?:[-+*]|\d+[.)])[ \t]+)*", lines[start])[0] if token.level else ""
        found.append(Block(token, start, end, head))
    return found


def directive(block: Block, text: str, page: str, line: int) -> Directive | None:
    """The directive that *block* is, or None for an ordinary block.

    Args:
        text: The text the block is a part of, which begins at *line* of *page*.
    """
    token = block.token
    if block.kind not in ("fence", "colon_fence"):
        return None
    at = line + block.start
    info = _INFO.fullmatch(token.info.strip())
    last = text.split("\n")[block.end - 1].strip(" \t>")
    closed = block.end - block.start > 1 and set(last) == {token.markup[0]} and len(last) >= len(token.markup)
    if block.kind == "colon_fence" and not info:
        raise MystMistake(page, at, "this ::: opens nothing; an outer box needs more colons than those in it")
    if not closed:
        name = info["name"] if info else "code"
        message = f"“{name}” is not closed; no code cell can stand in it, and a box in it needs fewer colons"
        raise MystMistake(page, at, message)
    if not info:
        return None
    options, body, skipped = _options(token.content, page, at + 1)
    return Directive(info["name"], info["argument"].strip(), options, body, at, at + 1 + skipped)


def walk(text: str, page: str, line: int = 1) -> Iterator[Directive]:
    """Every directive of *text* in order, those inside others included."""
    for block in blocks(text):
        found = directive(block, text, page, line)
        if found:
            yield found
            if found.name in CONTAINERS:
                yield from walk(found.body, page, found.body_line)


def _options(content: str, page: str, line: int) -> tuple[dict[str, object], str, int]:
    """The options of a directive's content, its body, and how many lines stand before the body."""
    lines = content.split("\n")
    options: dict[str, object] = {}
    used = 0
    if lines[0].strip() == "---":
        closing = next((number for number, text in enumerate(lines[1:], 1) if text.strip() == "---"), None)
        if closing is None:
            raise MystMistake(page, line, "the options between --- are not closed")
        try:
            options = yaml.safe_load("\n".join(lines[1:closing])) or {}
        except yaml.YAMLError as error:
            raise MystMistake(page, line, f"the options are not valid YAML: {error}") from error
        used = closing + 1
    else:
        while used < len(lines) and (match := _OPTION.fullmatch(lines[used].strip())):
            options[match["key"]] = match["value"] or ""
            used += 1
    while used < len(lines) and not lines[used].strip():
        used += 1
    return options, "\n".join(lines[used:]).rstrip(), used
