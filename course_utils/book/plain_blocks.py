"""MyST turned into plain Markdown, directive by directive, for the generated notebooks.

Jupyter and Colab show CommonMark, tables, formulas and a little HTML; this module uses nothing else. A
directive or a role without a form here is an error that names the page and the line, so no raw directive gets
through.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from markdown_it.token import Token

from course_utils.book.boxes import BOXES
from course_utils.book.live_body import SECTIONS, BodyMistake, read_body
from course_utils.book.live_exercise import CHECKED_WORDS, check_names
from course_utils.book.live_exercise import SECTIONS as EXERCISE_SECTIONS
from course_utils.book.myst import ADMONITIONS, Block, Directive, MystMistake, blocks, directive, parser
from course_utils.book.plain_inline import Inline
from course_utils.book.quiz import echo
from course_utils.book.references import Page
from course_utils.book.widget_cells import widget_code

_MARK = re.compile(r"\[[xX ]\][ \t]+")
_EMPHASIS = re.compile(r"(\$[^$]*\$|`[^`]*`)|(?<!\*)\*(?!\*)")
_LABEL = re.compile(r"(\$\$)[ \t]*\((?P<label>[\w:.-]+)\)[ \t]*$")
_DROPPED = frozenset({"solution", "bibliography", "tableofcontents", "progress"})


class Plain:
    """Translates the Markdown cells of one page."""

    def __init__(self, inline: Inline, page: Page) -> None:
        self._inline = inline
        self._page = page
        handlers: dict[str, Callable[[Directive], str]] = {
            **dict.fromkeys(ADMONITIONS, self._admonition),
            **dict.fromkeys(_DROPPED, lambda _found: ""),
            **dict.fromkeys(("try-it", "goes-wrong", "remember", "objectives"), self._box),
            **dict.fromkeys(("code", "code-block"), self._code),
            "admonition": self._admonition,
            "hint": self._details,
            "dropdown": self._details,
            "demo": self._demo,
            "quiz": self._quiz,
            "launch": self._launch,
            "live": self._live,
            "live-exercise": self._live_exercise,
            "figure": self._figure,
            "image": self._image,
            "math": self._math,
            "list-table": self._table,
            "tab-set": lambda found: self.translate(found.body, found.body_line),
            "tab-item": lambda found: f"**{self._words(found.argument, found.line)}**\n\n{self._body(found)}",
        }
        self._handlers = handlers

    def translate(self, text: str, line: int) -> str:
        """*text*, which begins at *line* of the page, as plain Markdown."""
        lines = text.split("\n")
        written: list[str] = []
        position = 0
        for block in blocks(text):
            written += self._prose(lines[position : block.start], line + position)
            written += _indent(self._block(block, text, line), block.prefix)
            position = block.end
        written += self._prose(lines[position:], line + position)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(written)).strip("\n")

    def cells(self, text: str, line: int) -> list[tuple[str, str]]:
        """The cells that a Markdown cell of the page becomes: a demo with a widget is a code cell.

        Returns:
            Pairs of ``"markdown"`` or ``"code"`` and the cell's source.
        """
        lines = text.split("\n")
        found: list[tuple[str, str]] = []
        position = 0
        for block in blocks(text):
            demo = directive(block, text, self._inline.path, line)
            code = widget_code(demo, self._inline.path) if demo and demo.name == "demo" else None
            if demo and code:
                before = self.translate("\n".join(lines[position : block.start]), line + position)
                words = _quote(f"**Demo.** {self._body(demo)} Run the next cell to start it.")
                found += [("markdown", f"{before}\n\n{words}".strip("\n")), ("code", code)]
                position = block.end
        rest = self.translate("\n".join(lines[position:]), line + position)
        return [*found, ("markdown", rest)] if rest.strip() else found

    def caption(self, caption: str, label: str, line: int) -> str:
        """A figure's caption in italics, with the figure's number within the page."""
        number = self._page.figure_number(label)
        words = " ".join(self._inline.translate(caption, line).split())
        # emphasis inside emphasis needs the other mark
        return f"*Figure {number}: {_EMPHASIS.sub(lambda match: match[1] or '_', words)}*"

    def _prose(self, lines: list[str], line: int) -> list[str]:
        return self._inline.translate("\n".join(lines), line).split("\n") if lines else []

    def _words(self, text: str, line: int) -> str:
        return self._inline.translate(text, line).strip()

    def _body(self, found: Directive) -> str:
        return self.translate(found.body, found.body_line)

    def _block(self, block: Block, text: str, line: int) -> str:
        found = directive(block, text, self._inline.path, line)
        source = "\n".join(text.split("\n")[block.start : block.end])
        if found:
            handler = self._handlers.get(found.name)
            if not handler:
                message = f"the directive “{found.name}” has no form in a notebook; use another"
                raise MystMistake(self._inline.path, found.line, message)
            return handler(found)
        if block.kind in ("myst_target", "myst_line_comment"):
            return ""
        if block.kind == "dl_open":
            return self._definitions(text, block, line)
        if block.kind == "math_block_label":
            return _LABEL.sub(lambda label: self._tag(label["label"]) + "$$", _unindent(source, block.prefix))
        return _unindent(source, block.prefix)

    def _tag(self, label: str) -> str:
        number = self._page.equation_number(label)
        return rf"\tag{{{number}}}" if number else ""

    def _box(self, found: Directive) -> str:
        kind = BOXES[found.name].kind
        title = self._words(found.argument, found.line)
        body = self._body(found)
        if found.name == "objectives":
            needs = [f"About {minutes} minutes." if (minutes := found.text("minutes")) else ""]
            builds_on = self._words(found.text("builds-on").rstrip("."), found.line)
            needs.append(f"Builds on: {builds_on}." if builds_on else "")
            body += "\n\n" + " ".join(filter(None, needs))
        return _quote(f"**{kind}{f': {title}' if title else ''}**\n\n{body}")

    def _admonition(self, found: Directive) -> str:
        argument, body = found.argument, self._body(found)
        if found.name == "admonition":
            return _quote(f"**{self._words(argument, found.line)}**\n\n{body}")
        # the first line of these is text, not a title
        text = "\n".join(filter(None, [self._words(argument, found.line), body]))
        title = "See also" if found.name == "seealso" else found.name.capitalize()
        return _quote(f"**{title}**\n\n{text}")

    def _details(self, found: Directive) -> str:
        title = self._words(found.argument, found.line)
        if found.name == "hint":
            title = f"Hint: {title}" if title else "Hint"
        return _folded(title or "More", self._body(found))

    def _demo(self, found: Directive) -> str:
        picture = self._words(found.text("alt"), found.line).rstrip(".")
        text = f"**On the course's page a demo runs here.** {self._body(found)}\n\n*Its picture: {picture}.*"
        return _quote(text)

    def _live(self, found: Directive) -> str:
        """A live cell as a block of code and its expected output: a notebook's kernel runs no JavaScript."""
        try:
            body = read_body(found.body, SECTIONS)
        except BodyMistake as error:
            raise MystMistake(self._inline.path, found.line, f"live: {error}") from error
        code = _fenced("javascript", body.code)
        return f"{code}\n\nOutput:\n\n{_fenced('text', body.output)}" if body.output else code

    def _live_exercise(self, found: Directive) -> str:
        """An exercise as its task, its code to begin with, its checks by name, its hint and its solution."""
        try:
            body = read_body(found.body, EXERCISE_SECTIONS)
        except BodyMistake as error:
            raise MystMistake(self._inline.path, found.line, f"live-exercise: {error}") from error
        title = self._words(found.text("title"), found.line)
        checks = "\n".join(f"- {name}" for name in check_names(body.sections["checks"]))
        parts = [
            f"**Exercise: {title}** (on the course's page, which checks it)",
            self.translate(body.sections["task"], found.body_line),
            _fenced("javascript", body.code),
            f"{CHECKED_WORDS}:\n\n{checks}",
            _folded("Hint", self.translate(body.sections["hint"], found.body_line)),
        ]
        why = self.translate(body.sections.get("why", ""), found.body_line)
        parts.append(
            _folded("Solution", f"{_fenced('javascript', body.sections['solution'])}\n\n{why}".strip())
        )
        return "\n\n".join(parts)

    def _launch(self, found: Directive) -> str:
        return f"The notebook `{found.argument.lstrip('/')}` lies in the course's repository."

    def _figure(self, found: Directive) -> str:
        if not found.body.strip():
            return self._image(found)
        label = found.text("name") or f"figure at line {found.line}"
        if self._page.figure_number(label) is None:
            label = next((name for name, text in self._page.figures.items() if text == found.body), label)
        first, *rest = found.body.split("\n\n", 1)
        parts = [self.caption(first, label, found.body_line), self._image(found)]
        return "\n\n".join([*parts, *(self.translate(part, found.body_line) for part in rest)])

    def _image(self, found: Directive) -> str:
        alt = self._words(found.text("alt"), found.line).rstrip(".")
        return f"*Picture on the course's page: {alt or Path(found.argument).stem}.*"

    def _math(self, found: Directive) -> str:
        body = "\n".join(filter(None, [found.argument, found.body]))
        return f"$$\n{body}{self._tag(found.text('label'))}\n$$"

    def _code(self, found: Directive) -> str:
        return _fenced(found.argument, found.body)

    def _table(self, found: Directive) -> str:
        rows = [[self._words(cell, found.body_line) for cell in row] for row in _nested_list(found)]
        if not rows or len({len(row) for row in rows}) != 1:
            raise MystMistake(self._inline.path, found.line, "the rows of the list-table differ in length")
        heads = int(found.text("header-rows") or 0)
        head = rows[0] if heads else [""] * len(rows[0])
        written = [head, ["---"] * len(head), *rows[1 if heads else 0 :]]
        escaped = [[cell.replace("|", "\\|") for cell in row] for row in written]
        table = "\n".join(f"| {' | '.join(row)} |" for row in escaped)
        title = self._words(found.argument, found.line)
        return f"**{title}**\n\n{table}" if title else table

    def _definitions(self, text: str, block: Block, line: int) -> str:
        """A definition list as a list of terms in bold, each with its definitions."""
        lines = text.split("\n")
        tokens = [token for token in parser().parse(text) if token.map]
        items = []
        for token, inner in pairwise(tokens):
            at = line + inner.map[0]
            if not block.start <= inner.map[0] < block.end:
                continue
            if token.type == "dt_open":
                items.append(f"- **{self._words(inner.content, at)}**:")
            elif token.type == "dd_open":
                # the token of the definition may begin a line early, that of the text in it does not
                body = re.sub(r"^[ \t]*[:~][ \t]+", "", "\n".join(lines[inner.map[0] : token.map[1]]))
                body = self.translate(re.sub(r"^[ \t]{1,4}", "", body, flags=re.M), at)
                items[-1] += f" {_hang(body, '  ')}"
        return "\n".join(items)

    def _quiz(self, found: Directive) -> str:
        asked: list[str] = []
        answered: list[str] = []
        for block in blocks(found.body):
            item = directive(block, found.body, self._inline.path, found.body_line)
            if not item or item.name != "question":
                at = found.body_line + block.start
                raise MystMistake(self._inline.path, at, "a quiz holds only questions")
            question, answers = self._question(item, len(asked) + 1)
            asked.append(question)
            answered.append(answers)
        return "\n\n".join(["**Quiz**", *asked, _folded("Answers", "\n\n".join(answered))])

    def _question(self, found: Directive, number: int) -> tuple[str, str]:
        """A question with its options, and its answers with their explanations."""
        tokens = parser().parse(found.body)
        items = [token for token in tokens if token.type == "list_item_open" and token.level == 1]
        lines = found.body.split("\n")
        prompt = self._words(found.argument, found.line)
        details = self.translate("\n".join(lines[: items[0].map[0]]), found.body_line) if items else ""
        asked, answered = [], []
        for index, item in enumerate(items):
            letter = chr(ord("a") + index)
            right, option, explanation = self._option(lines, item, found)
            asked.append(f"- **{letter})** {option}")
            answered.append(f"- **{letter}) {'Right' if right else 'Not right'}.** {explanation}")
        head = "\n\n".join(filter(None, [f"**{number}.** {prompt}", details]))
        return f"{head}\n\n" + "\n".join(asked), f"**{number}.** {prompt}\n\n" + "\n".join(answered)

    def _option(self, lines: list[str], item: Token, found: Directive) -> tuple[bool, str, str]:
        start, end = item.map
        head = re.match(r"[ \t]*[-+*][ \t]+", lines[start])[0]
        text = "\n".join([lines[start][len(head) :], *(line[len(head) :] for line in lines[start + 1 : end])])
        option, _, explanation = text.partition("\n\n")
        at = found.body_line + start
        mark = _MARK.match(option)
        if not mark or not explanation.strip():
            message = "an option needs a mark, [x] or [ ], and after a blank line its explanation"
            raise MystMistake(self._inline.path, at, message)
        words = " ".join(self._words(option[mark.end() :], at).split())
        told = self.translate(explanation, at + 2 + option.count("\n"))
        told = told[echo(told) :]
        return "x" in mark[0].lower(), words, _hang(told[:1].upper() + told[1:], "  ")


def _nested_list(found: Directive) -> list[list[str]]:
    """The cells of a list of lists, row by row."""
    rows: list[list[str]] = []
    for token in parser().parse(found.body):
        if token.type == "list_item_open":
            if token.level == 1:
                rows.append([])
            elif token.level == 3:
                rows[-1].append("")
        elif token.type == "inline" and rows and rows[-1]:
            rows[-1][-1] += ("<br>" if rows[-1][-1] else "") + token.content.replace("\n", " ")
    return rows


def _fenced(language: str, code: str) -> str:
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`{3,}", code)), 3)
    return f"{fence}{language}\n{code}\n{fence}"


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.strip().split("\n"))


def _folded(title: str, body: str) -> str:
    summary = re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(title, quote=False)).replace("*", "")
    return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"


def _hang(text: str, indent: str) -> str:
    """*text* with every line but the first indented."""
    return re.sub(r"\n(?!\n)", f"\n{indent}", text)


def _indent(text: str, prefix: str) -> list[str]:
    """The lines of *text* at the place of a block that had *prefix* before it: list marks stand once only."""
    if not prefix:
        return text.split("\n")
    rest = re.sub(r"[^>\s]", " ", prefix)
    first, *others = text.split("\n")
    return [prefix + first, *((rest + line).rstrip() for line in others)]


def _unindent(source: str, prefix: str) -> str:
    """A block's own lines, without what stands before it because it is inside a list item or a quotation."""
    rest = re.sub(r"[^>\s]", " ", prefix)
    first, *others = source.split("\n")
    stripped = [line.removeprefix(rest) if line.startswith(rest) else line.lstrip(" ") for line in others]
    return "\n".join([first[len(prefix) :], *stripped])
