"""Inline MyST turned into plain Markdown: roles, attributes and links into the site become words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from course_utils.book.myst import MystMistake
from course_utils.book.references import References

_ROLE = re.compile(r"\{(?P<name>[A-Za-z][\w:+.-]*)\}(?P<ticks>`+)")
_SUBSTITUTION = re.compile(r"\{\{[ \t]*(?P<name>[\w-]+)[ \t]*\}\}")
_ATTRIBUTES = re.compile(r"\{[ \t]*(?:[.#%][^{}`]*|[\w-]+=[^{}`]*)\}")
_MATH = re.compile(r"\$\$.+?\$\$|\$(?![\s$])(?:\\.|[^$\\])*?(?<!\s)\$(?!\d)", re.S)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<[a-z][a-z0-9+.-]*:[^\s<>]*>|<!--.*?-->", re.S)
_TITLED = re.compile(r"(?P<title>.*?)\s*<(?P<target>[^<>]+)>", re.S)
_REMOTE = re.compile(r"(?:https?:|mailto:)", re.I)
_ATTRIBUTE_LINE = re.compile(r"^[ \t>]*\{[ \t]*(?:[.#%][^{}`\n]*|[\w-]+=[^{}`\n]*)\}[ \t]*\n?", re.M)

_AS_CODE = frozenset({"code", "file", "literal", "program", "command", "option", "envvar", "samp"})
_AS_WORDS = frozenset({"download", "abbr", "any", "dfn"})
_AS_BOLD = frozenset({"guilabel", "menuselection", "strong"})
_AS_TAGS = {"kbd": "kbd", "sub": "sub", "sup": "sup", "subscript": "sub", "superscript": "sup"}


@dataclass
class Inline:
    """The translator for one page: *page* is its name in ``_toc.yml``, *path* its file for messages."""

    page: str
    path: str
    references: References
    substitutions: dict[str, str] = field(default_factory=dict)

    def translate(self, text: str, line: int) -> str:
        """*text*, which begins at *line* of the page, as plain Markdown."""
        text = _ATTRIBUTE_LINE.sub("", text)
        written: list[str] = []
        position = 0
        while position < len(text):
            piece, position = self._piece(text, position, line + text.count("\n", 0, position))
            written.append(piece)
        return "".join(written)

    def _piece(self, text: str, at: int, line: int) -> tuple[str, int]:
        """What the text at *at* becomes, and where the next piece begins."""
        character = text[at]
        if character == "\\":
            return text[at : at + 2], at + 2
        if character == "`":
            return _code_span(text, at)
        if character == "{":
            return self._brace(text, at, line)
        if character == "$" and (math := _MATH.match(text, at)):
            return math[0], math.end()
        if character == "<" and (tag := _TAG.match(text, at)):
            return self._tag(tag[0], line), tag.end()
        if text.startswith("![", at):
            return self._bracket(text, at + 1, line, image=True)
        if character == "[":
            return self._bracket(text, at, line, image=False)
        return character, at + 1

    def _brace(self, text: str, at: int, line: int) -> tuple[str, int]:
        if substitution := _SUBSTITUTION.match(text, at):
            name = substitution["name"]
            if name not in self.substitutions:
                raise MystMistake(self.path, line, f"the substitution “{name}” is not defined")
            return str(self.substitutions[name]), substitution.end()
        if role := _ROLE.match(text, at):
            closing = _closing(text, role.end(), role["ticks"])
            if closing >= 0:
                content = " ".join(text[role.end() : closing].split())
                return self._role(role["name"], content, line), _after(text, closing + len(role["ticks"]))
        return "{", at + 1

    def _role(self, name: str, content: str, line: int) -> str:
        titled = _TITLED.fullmatch(content)
        title, target = (titled["title"], titled["target"]) if titled else ("", content)
        handler = self._handlers().get(name)
        if handler:
            return handler(title, target, line)
        if name in _AS_CODE:
            return f"`{content}`"
        if name in _AS_WORDS:
            return title or content
        if name in _AS_BOLD:
            return f"**{content}**"
        if name in _AS_TAGS:
            return f"<{_AS_TAGS[name]}>{content}</{_AS_TAGS[name]}>"
        if name == "math":
            return f"${content}$"
        if name.split(":")[0] == "cite":
            return self.references.citation(content, name in ("cite:t", "cite:ts"), self.path, line)
        message = f"the role “{name}” has no form in a notebook; say it in plain words"
        raise MystMistake(self.path, line, message)

    def _handlers(self) -> dict[str, Callable[[str, str, int], str]]:
        known = self.references
        return {
            "term": lambda title, target, _line: title or target,
            "glue:text": lambda _title, target, _line: f"`{target.split(':')[0]}`",
            "doc": lambda title, target, line: title or known.title(target, self.page, self.path, line),
            "ref": lambda title, target, line: title or known.label(target, self.path, line),
            "numref": self._numref,
            "eq": lambda _title, target, line: known.equation(target, self.page, self.path, line),
        }

    def _numref(self, title: str, target: str, line: int) -> str:
        words = self.references.figure(target, self.page, self.path, line)
        number = words.removeprefix("Figure ")
        return re.sub(r"%s|\{number\}", number, title).replace("{name}", number) if title else words

    def _tag(self, tag: str, line: int) -> str:
        address = re.match(r"<(?:project|path|inv|doc):", tag)
        if address:
            message = f"the link {tag} has no form in a notebook; write [words](target)"
            raise MystMistake(self.path, line, message)
        return tag

    def _bracket(self, text: str, at: int, line: int, image: bool) -> tuple[str, int]:
        """A link, an image, a span with attributes, or just a bracket."""
        closing = _matching(text, at, "[", "]")
        if closing < 0:
            return ("![" if image else "["), at + 1
        inner = text[at + 1 : closing]
        after = closing + 1
        if text.startswith("(", after) and (end := _matching(text, after, "(", ")")) >= 0:
            target = text[after + 1 : end].strip()
            words = inner if image else self.translate(inner, line)
            return self._link(words, target, line, image), _after(text, end + 1)
        if attributes := _ATTRIBUTES.match(text, after):
            return self.translate(inner, line), attributes.end()
        return f"{'!' if image else ''}[{self.translate(inner, line)}]", after

    def _link(self, words: str, target: str, line: int, image: bool) -> str:
        if _REMOTE.match(target):
            return f"{'!' if image else ''}[{words}]({target})"
        if image:
            return f"*Picture on the course's page: {words}*"
        if words:
            return words
        if target.startswith("#"):
            return self.references.label(target[1:], self.path, line)
        return self.references.title(target.split("#")[0], self.page, self.path, line)


def _code_span(text: str, at: int) -> tuple[str, int]:
    ticks = re.compile("`+").match(text, at)[0]
    closing = _closing(text, at + len(ticks), ticks)
    if closing < 0:
        return ticks, at + len(ticks)
    end = closing + len(ticks)
    return text[at:end], _after(text, end)


def _closing(text: str, at: int, ticks: str) -> int:
    """Where a run of exactly as many backticks begins, or -1 when none follows in the paragraph."""
    paragraph = re.compile(r"\n[ \t>]*\n|\Z").search(text, at).start()
    found = re.compile(rf"(?<!`){ticks}(?!`)").search(text, at, paragraph)
    return found.start() if found else -1


def _after(text: str, at: int) -> int:
    """The position after the attributes that may follow a role, a code span, a link or an image."""
    attributes = _ATTRIBUTES.match(text, at)
    return attributes.end() if attributes else at


def _matching(text: str, at: int, opening: str, closing: str) -> int:
    """Where the bracket at *at* closes, code spans and escapes aside; -1 when not in its paragraph."""
    depth = 0
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == "`":
            at = _code_span(text, at)[1]
            continue
        if text.startswith("\n\n", at):
            return -1
        depth += (text[at] == opening) - (text[at] == closing)
        if depth == 0:
            return at
        at += 1
    return -1
