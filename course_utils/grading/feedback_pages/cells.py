"""A student's cells as they may stand in a page: nothing of theirs is alive in it, and no hidden test is shown.

Text is escaped by the templates. Of an HTML output a table's cells are kept, cleaned by bleach to a short list of tags
without attributes that act. Pictures are PNG or JPEG, by their bytes. SVG, JavaScript and the rest are named only.
"""

from __future__ import annotations

import base64
import binascii
import builtins
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import bleach
import mistune
from markupsafe import Markup

from course_utils.grading.regions import Regions

#: Longer text is cut, larger pictures and more than so many are left out: a page has to open on a phone.
LONGEST_TEXT = 20_000
LARGEST_PICTURE = 2 * 2**20
MOST_OUTPUTS = 40
_LARGEST_SIDE = 6000
_LONGEST_TABLE = 60_000
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SILENT = re.compile(r"<(style|script|template|noscript)\b.*?(</\1\s*>|\Z)", re.S | re.I)
_TABLE_TAGS = frozenset(
    {
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
        "caption",
        "p",
        "br",
        "b",
        "strong",
        "i",
        "em",
        "code",
        "pre",
    }
    | {"sub", "sup", "ul", "ol", "li"}
)
_PROSE_TAGS = _TABLE_TAGS | {"blockquote", "del", "hr"}
_SPANS = {"td": ["colspan", "rowspan"], "th": ["colspan", "rowspan"]}
_BUILT_IN = frozenset(
    name
    for name, thing in vars(builtins).items()
    if isinstance(thing, type) and issubclass(thing, BaseException)
)
_PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_clean_table = bleach.Cleaner(tags=_TABLE_TAGS, attributes=_SPANS, strip=True).clean
_clean_prose = bleach.Cleaner(tags=_PROSE_TAGS, attributes=_SPANS, strip=True).clean
_markdown = mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])


@dataclass(frozen=True)
class Output:
    """One output of a cell. `kind` is "text", "error", "picture", "table" or "note"; `content` is safe for its kind."""

    kind: str
    content: Any


def text_of(value: object) -> str:
    """Return a cell's or an output's text, which notebooks keep as a text or as a list of lines."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def plain(value: object, longest: int = LONGEST_TEXT) -> str:
    """Return text without terminal colours and control characters, cut where it is too long."""
    text = _CONTROL.sub("", _ANSI.sub("", text_of(value))).encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= longest else f"{text[:longest]}\n… ({len(text) - longest} more characters)"


@lru_cache(maxsize=1024)  # a class's notebooks share most of their text
def prose(markdown: str) -> Markup:
    """Return what was written in Markdown as HTML without links, pictures, headings and whatever could act."""
    html = str(_markdown(plain(markdown)))
    html = re.sub(r"<h[1-6]\b[^>]*>", "<p><strong>", html)
    html = re.sub(r"</h[1-6]>", "</strong></p>", html)
    return Markup(_clean_prose(html))


def outputs(cell: Mapping[str, Any]) -> list[Output]:
    """Return the outputs of a code cell."""
    given = cell.get("outputs")
    given = [one for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []
    shown = [made for one in given[:MOST_OUTPUTS] for made in _output(one)]
    if len(given) > MOST_OUTPUTS:
        shown.append(Output("note", f"{len(given) - MOST_OUTPUTS} more outputs are not shown."))
    return shown


def printed(cell: Mapping[str, Any]) -> str:
    """Return what a cell printed, and the error that stopped it, as one text."""
    return "\n".join(one.content.rstrip() for one in outputs(cell) if one.kind in ("text", "error"))


def test_failure(cell: Mapping[str, Any], regions: Regions) -> str:
    """Return why an ordinary test cell stopped, in one sentence, without a word of its hidden tests; "" if it did not.

    What a hidden test says, and what a student's code says while one runs, may quote a hidden value.
    """
    given = cell.get("outputs")
    errors = [one for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []
    error = next((one for one in reversed(errors) if one.get("output_type") == "error"), None)
    if error is None:
        return ""
    source, name = text_of(cell.get("source")), plain(error.get("ename"), 60)
    line = _stopped_at(error)
    if regions.hides(source) and regions.is_hidden(source, line):
        return f"a test that you do not see stopped with {name if name in _BUILT_IN else 'an error'}"
    message = " ".join(plain(error.get("evalue"), 500).split())
    if message:
        return f"{name}: {message}"
    lines = source.split("\n")
    where = f", in the line “{plain(lines[line - 1], 200).strip()}”" if 0 < line <= len(lines) else ""
    return f"{name or 'an error'}{where}"


def _stopped_at(error: Mapping[str, Any]) -> int:
    """The line of the test cell that was running, or 0 where that cannot be told for certain."""
    traceback = _ANSI.sub("", "\n".join(map(text_of, _list(error.get("traceback")))))
    arrow = re.search(r"-+> *(\d{1,5})\b", traceback)
    # Of chained errors the first one shown is the student's, raised in a cell of theirs.
    chained = "direct cause of the following" in traceback or "During handling of the above" in traceback
    return int(arrow[1]) if arrow and not chained else 0


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _output(output: Mapping[str, Any]) -> Iterator[Output]:
    kind = output.get("output_type")
    if kind == "stream":
        yield Output("text", plain(output.get("text")))
    elif kind == "error":
        lines = "\n".join(map(text_of, _list(output.get("traceback"))))
        yield Output(
            "error", plain(lines or f"{text_of(output.get('ename'))}: {text_of(output.get('evalue'))}")
        )
    elif kind in ("display_data", "execute_result"):
        data = output.get("data")
        yield _display(data if isinstance(data, Mapping) else {})


def _display(data: Mapping[str, Any]) -> Output:
    for mime in _PICTURES:
        if mime in data:
            address = _picture(mime, text_of(data[mime]))
            return (
                Output("picture", address) if address else Output("note", "A picture that cannot be shown.")
            )
    html = text_of(data.get("text/html"))
    if "<table" in html.lower() and len(html) <= _LONGEST_TABLE:
        return Output("table", Markup(_clean_table(_SILENT.sub("", html))))
    for mime in ("text/plain", "text/markdown", "text/latex"):
        if mime in data:
            return Output("text", plain(data[mime]))
    kinds = ", ".join(plain(str(mime), 60) for mime in list(data)[:5])
    return Output("note", f"An output of the kind {kinds or 'unknown'} is not shown here.")


def _picture(mime: str, encoded: str) -> str:
    """The picture as an address that holds it, if it is what it says; else nothing."""
    try:
        content = base64.b64decode("".join(encoded.split()), validate=True)
    except (ValueError, binascii.Error):
        return ""
    if len(content) > LARGEST_PICTURE or not content.startswith(_PICTURES[mime]):
        return ""
    if mime == "image/png":
        sides = struct.unpack(">II", content[16:24]) if len(content) >= 24 else (0, 0)
        if not all(0 < side <= _LARGEST_SIDE for side in sides):
            return ""
    return f"data:{mime};base64,{base64.b64encode(content).decode('ascii')}"
