"""What an attack is, and the attacks whose whole trick is the text of a notebook: one small file each.

A file begins with a head of comments (TOML), and holds the student's cells after lines `# %% CELL`:

    # name = "A sentence: what is tried"
    # at_most = 0             the most that it may earn, or
    # score = 5               what it must earn, no more and no less
    # solves = ["double"]     the parts that are answered rightly beside
    # status = ["partial"]    the statuses that are allowed (by default all that are not the grader's own fault)
    # reason = "phrase"       what the reason or one of the flags must say
    # reads = "phrase"        what must stand in the outputs that its author gets back
    # never = ["phrase"]      what must not stand in anything that its author gets back

    # %% solve-total
    …
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: The statuses of a submission that was dealt with; "fault" is the grader's own failure, and never right.
DEALT_WITH = frozenset({"graded", "partial", "ungradable", "missing"})


@dataclass(frozen=True)
class Attack:
    """One student: what is handed in, and the verdict that it must get."""

    student: str
    name: str
    at_least: float
    at_most: float
    status: frozenset[str] = DEALT_WITH
    reason: str = ""
    reads: str = ""
    never: tuple[str, ...] = ()
    #: Where the whole trick is text: source by cell, and the parts answered rightly.
    cells: Mapping[str, str] = field(default_factory=dict)
    solves: tuple[str, ...] = ()
    #: In week 1: whether all that the cells do not hold is the reference solution, else blank; and whether the
    #: trick is after the hidden inputs, none of whose numbers may then be read.
    reference: bool = False
    hidden_inputs: bool = False
    #: Else what writes the files of the submission.
    build: Callable[[Any], None] | None = None


def read_attacks(folder: str) -> list[Attack]:
    """Return the attacks that are written in the files of a folder of submissions."""
    return [_read(path) for path in sorted((HERE / "submissions" / folder).glob("*.py"))]


def _read(path: Path) -> Attack:
    head, *parts = re.split(r"(?m)^# %% ", path.read_text(encoding="utf-8"))
    about = tomllib.loads("\n".join(line.removeprefix("#").strip() for line in head.splitlines()))
    cells = {part.splitlines()[0].strip(): "\n".join(part.splitlines()[1:]).strip() for part in parts}
    return Attack(
        path.stem,
        about["name"],
        at_least=about.get("score", about.get("at_least", 0)),
        at_most=about["score"] if "score" in about else about["at_most"],
        status=frozenset(about.get("status", DEALT_WITH)),
        reason=about.get("reason", ""),
        reads=about.get("reads", ""),
        never=tuple(about.get("never", ())),
        cells=cells,
        solves=tuple(about.get("solves", ())),
        reference=about.get("reference", False),
        hidden_inputs=about.get("hidden_inputs", False),
    )
