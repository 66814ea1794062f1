"""The ``offline-table`` directive: which chapter takes what from the network, and what stands in for it without one.

Read from the chapters' own code, so that the table cannot fall behind them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from course_utils.book.pages import pages, source


@dataclass(frozen=True)
class Need:
    """Something real that a chapter may take from the network, from a cache or from `COURSE_DATA`.

    Attributes:
        call: the pattern of the code that asks for it.
        real: what it is.
        instead: what the chapter uses where it cannot be had.
    """

    call: str
    real: str
    instead: str


NEEDS = (
    Need(r"\bdata\.digits\(|\bpictures\(\)", "MNIST", "scikit-learn's digits"),
    Need(r"\bdata\.fashion\(", "Fashion-MNIST", "drawn clothes"),
    Need(r"\bdata\.things\(", "CIFAR-10", "drawn things"),
    Need(r"\bdata\.sketches\(", "Quick, Draw!", "sketches that the course draws"),
    Need(
        r"\bdata\.rock_paper_scissors\(",
        "the pictures of rock, paper, scissors",
        "hands that the course draws",
    ),
    Need(r"\bdata\.shakespeare\(", "Tiny Shakespeare", "scikit-learn's descriptions of its data sets"),
    Need(r"\bdata\.iris\(", "the file of UCI", "the same rows from scikit-learn"),
    Need(r"\bdata\.breast_cancer\(", "the file of UCI", "the same rows from scikit-learn"),
    Need(
        r"\bpretrained\.classifier\(",
        "MobileNet with its thousand names",
        "the course's network of ten",
    ),
    Need(r"\bpretrained\.detector\(", "the detector trained on COCO", "the course's detector of shapes"),
    Need(
        r"\btoxicity\.pretrained\(",
        "ToxBlock, a judge trained on Wikipedia's comments",
        "what it said when it was asked, from a table",
    ),
    Need(r"\bbackbones\.general\(", "MobileNet's features", "the gesture trainer's backbone alone"),
    Need(r"\bbackbones\.photographs\(", "MobileNetV2's features", "the gesture trainer's backbone"),
    Need(r"\bstyle\.network\(", "MobileNet's maps", "the maps of the gesture trainer's backbone"),
)
_CELL = re.compile(r"^```\{code-cell\}.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)


def needs(code: str) -> list[Need]:
    """What some code may take from the network, in the order of `NEEDS`."""
    return [need for need in NEEDS if re.search(need.call, code)]


def chapters(root: Path) -> dict[str, list[Need]]:
    """What each chapter with code may take from the network, by page, in the book's order."""
    found = {}
    for page in pages(root):
        if cells := _CELL.findall(source(root, page).read_text(encoding="utf-8")):
            found[page] = needs("\n".join(cells))
    return found


class OfflineTable(SphinxDirective):
    """``:::{offline-table}``: a line for each chapter that takes something real where it can, and one for the rest."""

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        root = Path(self.env.srcdir)
        found = chapters(root)
        lines = ["| Chapter | Where it can be had | Without a network |", "| --- | --- | --- |"]
        for page, asked in found.items():
            self.env.note_dependency(str(source(root, page)))
            if asked:
                real, instead = (
                    "; ".join(dict.fromkeys(getattr(need, part) for need in asked))
                    for part in ("real", "instead")
                )
                lines.append(f"| {{doc}}`/{page}` | {real} | {instead} |")
        alike = sum(not asked for asked in found.values())
        lines.append("")
        lines.append(f"Chapters with code that compute the same with a network and without one: {alike}.")
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("offline-table", OfflineTable)
