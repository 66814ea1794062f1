"""From the bytes of a student's notebook to its cells: text alone, whatever the bytes are.

Only three things of a cell are ever used: what type it says it is, which `grade_id` it says it has, and its source.
A pasted picture of a written answer is kept as well, for the person who marks it. Outputs, metadata, tags and
kernels are never looked at.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

#: More than this many commas, brackets and braces would cost memory beyond any notebook's use.
MOST_TOKENS = 6_000_000
MOST_CELLS = 2_000
LONGEST_SOURCE = 1_000_000
LARGEST_PICTURES = 5 * 2**20
#: Pictures that cannot hold a script, by how their bytes begin.
_PICTURES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)


class Unreadable(Exception):
    """The bytes are no notebook. The message says what they are, for people."""


@dataclass(frozen=True)
class HandedCell:
    """A cell as the student handed it in.

    Attributes:
        kind: "code", or "markdown" for everything else.
        grade_id: the name that nbgrader gave it, as the cell says; empty where it says none.
        id: the notebook format's own id of the cell; empty where it has none.
        attachments: pictures by name, each a mapping from MIME type to base64, as nbformat has them.
    """

    kind: str
    source: str
    grade_id: str = ""
    id: str = ""
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class HandedNotebook:
    """The cells of a notebook as handed in, and sentences on what looks odd."""

    cells: tuple[HandedCell, ...]
    flags: tuple[str, ...] = ()


def parse_notebook(content: bytes) -> HandedNotebook:
    """Read the bytes of a notebook of format 2, 3 or 4. Raises Unreadable, and nothing else."""
    flags: list[str] = []
    text = _decode(content, flags)
    data = _load(text)
    raw = _cells(data, flags)
    if len(raw) > MOST_CELLS:
        raise Unreadable(f"it has more than {MOST_CELLS} cells")
    cells = tuple(_cell(cell, flags) for cell in raw if isinstance(cell, dict))
    if len(cells) < len(raw):
        flags.append("some of its cells are no cells; they were left out")
    return HandedNotebook(cells, tuple(dict.fromkeys(flags)))


def _decode(content: bytes, flags: list[str]) -> str:
    if not content.strip(b" \t\r\n\x00"):
        raise Unreadable("it is empty")
    for mark, encoding, name in _BOMS:
        if content.startswith(mark):
            flags.append(f"its text is coded as {name}")
            return content[len(mark) :].decode(encoding, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if content[1:2] == b"\x00" or content[:1] == b"\x00":  # UTF-16 without its mark
        flags.append("its text is coded as UTF-16")
        return content.decode("utf-16-le" if content[1:2] == b"\x00" else "utf-16-be", "replace")
    flags.append("some of its bytes are no UTF-8 and were replaced")
    return content.decode("utf-8", "replace")


def _load(text: str) -> dict[str, Any]:
    if sum(text.count(token) for token in ",[{") > MOST_TOKENS:
        raise Unreadable("it is far larger than any notebook")
    try:
        data = json.loads(text)
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except ValueError as error:
        raise Unreadable(_what_instead(text) or f"it is not JSON: {str(error)[:100]}") from None
    if not isinstance(data, dict):
        raise Unreadable("it is JSON, but no notebook")
    return data


def _what_instead(text: str) -> str:
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype", "<html", "<?xml")):
        return "it is a web page, not a notebook (saved from the browser instead of downloaded?)"
    if start.startswith("pk\x03\x04"):
        return "it is a zip file, not a notebook"
    if start.startswith("%pdf"):
        return "it is a PDF file, not a notebook"
    if start.startswith("{") and '"cells"' in text[:5000]:
        return "it is cut off or damaged: its JSON does not end as it should"
    return ""


def _cells(data: dict[str, Any], flags: list[str]) -> list[Any]:
    version = data.get("nbformat", 4)
    if isinstance(version, bool) or not isinstance(version, int) or version < 2:
        raise Unreadable("it does not say which format it has")
    if version > 4:
        raise Unreadable(f"its format {version} is newer than 4, which is the newest known")
    if version == 4:
        cells = data.get("cells")
    else:
        flags.append(f"it is in notebook format {version}; format 4 was read from it")
        sheets = data.get("worksheets")
        sheets = sheets if isinstance(sheets, list) else []
        lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        cells = [cell for each in lists if isinstance(each, list) for cell in each]
    if not isinstance(cells, list):
        raise Unreadable("it is JSON, but no notebook: it has no cells")
    return cells


def _cell(cell: dict[str, Any], flags: list[str]) -> HandedCell:
    kind = "code" if cell.get("cell_type") == "code" else "markdown"
    source = _text(cell.get("source", cell.get("input", "")))
    if len(source) > LONGEST_SOURCE:
        flags.append("a cell is longer than any answer; its end was cut off")
        source = source[:LONGEST_SOURCE]
    clean = _without_surrogates(source)
    if clean != source:
        flags.append("some characters are no text and were replaced")
    about = cell.get("metadata")
    about = about.get("nbgrader") if isinstance(about, dict) else None
    grade_id = about.get("grade_id") if isinstance(about, dict) else None
    return HandedCell(
        kind,
        clean,
        _without_surrogates(grade_id) if isinstance(grade_id, str) else "",
        _without_surrogates(cell["id"][:64]) if isinstance(cell.get("id"), str) else "",
        dict(_pictures(cell.get("attachments"))) if kind == "markdown" else {},
    )


def _text(source: Any) -> str:
    if isinstance(source, str):
        return source
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return ""


def _without_surrogates(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _pictures(attachments: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """The pasted pictures, none of which can hold a script, up to a size for all of a cell."""
    left = LARGEST_PICTURES
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        for kind, data in bundle.items() if isinstance(bundle, dict) else ():
            data = _text(data)
            left -= len(data)
            if left >= 0 and kind in _PICTURES and _is_picture(kind, data):
                yield _without_surrogates(name[:200]), {kind: "".join(data.split())}
                break


def _is_picture(kind: str, data: str) -> bool:
    try:
        return base64.b64decode("".join(data.split()), validate=True).startswith(_PICTURES[kind])
    except (binascii.Error, ValueError):
        return False
