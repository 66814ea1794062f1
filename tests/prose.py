"""The prose of the book, the notebooks and the documents, with code, formulas and markup blanked out."""

from __future__ import annotations

import json
import re
from pathlib import Path

# What holds no words of its own, in this order; line breaks are kept, so that line numbers stay right.
NO_PROSE = [
    re.compile(r"^\$\$.*?^\$\$|\$\$.*?\$\$", re.M | re.S),
    re.compile(r"^\(\S+\)=$", re.M),
    re.compile(r"^(?::{3,}|`{3,})\{(?:bibliography|demo|figure|launch|quiz)\}.*$", re.M),
    re.compile(r"^:(?!alt|builds-on|caption)[\w-]+:.*$", re.M),
    re.compile(r"^[a-z][a-z0-9-]*(?= \| )", re.M),  # a demo's name in a gallery
    re.compile(r"\]\([^)\s]*\)"),
    re.compile(r"<?https?://[^\s>)]+>?"),
    re.compile(r"</?[a-zA-Z][^<>]*>"),
    re.compile(r"\{(?!term|doc|ref)[\w:-]+\}`[^`]*`"),
    re.compile(r"\$[^$\n]+\$"),
]
# {term}`words <target>` is read as its words; {doc}`target` has none.
TITLED_ROLE = re.compile(r"\{(?:term|doc|ref)\}`([^`<]+?)\s*<[^`>]*>`")
TERM = re.compile(r"\{term\}`([^`<]+)`")
PLACE = re.compile(r"\{(?:doc|ref)\}`[^`]*`")
CODE_SPAN = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
FRONT_MATTER = re.compile(r"\A---\n.*?^---\n", re.M | re.S)
DESCRIPTION = re.compile(r"(?<=description: ).*$", re.M)
CODE_BLOCK = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,})(?P<info>[^\n]*)\n.*?^(?P=indent)(?P=fence) *$", re.M | re.S
)
PROSE_IN_CELL = re.compile(r"^\s*(?:figure: )?\{?\s*(?:caption|alt|image: \{alt): .*$|(?<=\s)# .*$", re.M)
PROSE_IN_EXERCISE = re.compile(
    r"(?:(?<=\n--- task\n)|(?<=\n--- hint\n)|(?<=\n--- why\n)).*?(?=\n--- |\n`{3,} *\Z)", re.S
)
HOLDS_PROSE = ("{glossary}", "{list-table}", "{figure}", "{admonition}", "{note}", "{tip}", "{warning}")


def prose_of_markdown(text: str) -> str:
    """The text with all that is not prose replaced by spaces."""
    text = FRONT_MATTER.sub(lambda match: _keep(match[0], DESCRIPTION), text)
    text = CODE_BLOCK.sub(_prose_of_block, text)
    text = TITLED_ROLE.sub(lambda match: match[1], text)
    text = TERM.sub(lambda match: match[1], text)
    text = PLACE.sub("", text)
    for pattern in NO_PROSE:
        text = pattern.sub(lambda match: _blank(match[0]), text)
    return CODE_SPAN.sub(lambda match: _blank(match[0]), text)


def prose_of_notebook(path: Path) -> str:
    """The prose of a notebook's text cells, one after the other."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return prose_of_markdown("\n\n".join(texts))


def _prose_of_block(match: re.Match[str]) -> str:
    info = match["info"].strip()
    if info.startswith(HOLDS_PROSE):
        return match[0]
    if info.startswith("{live-exercise}"):
        return _keep(match[0], PROSE_IN_EXERCISE)
    return _keep(match[0], PROSE_IN_CELL) if info.startswith("{code-cell}") else _blank(match[0])


def _keep(text: str, pattern: re.Pattern[str]) -> str:
    """`text` with all but the matches of `pattern` blanked out."""
    kept, end = "", 0
    for match in pattern.finditer(text):
        kept += _blank(text[end : match.start()]) + match[0]
        end = match.end()
    return kept + _blank(text[end:])


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
