"""A desk where a student hands in files, and the verdicts of what is handed in that is not just text."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.grading.hostile.attacks import DEALT_WITH, Attack
from tests.grading.hostile.course import ASSIGNMENT, RIGHT, answered

Build = Callable[["Desk"], None]
#: What cannot be graded gets no point, and is said to be so.
REFUSED = frozenset({"ungradable", "missing"})
BUILT: list[Attack] = []


@dataclass(frozen=True)
class Desk:
    """Where one student hands in: the folder of the submission, in the course's folder."""

    course: Path
    student: str

    @property
    def folder(self) -> Path:
        """The student's folder for the assignment."""
        return self.course / "submitted" / self.student / ASSIGNMENT

    @property
    def path(self) -> Path:
        """The notebook that is to be handed in."""
        return self.folder / f"{ASSIGNMENT}.ipynb"

    def right(self) -> dict[str, Any]:
        """Return the notebook with right answers."""
        return answered(self.course, {f"solve-{part}": source for part, source in RIGHT.items()})

    def blank(self) -> dict[str, Any]:
        """Return the notebook as it was released."""
        return answered(self.course, {})

    def write(self, notebook: Any, name: str = f"{ASSIGNMENT}.ipynb", **options: Any) -> None:
        """Write a notebook into the folder."""
        (self.folder / name).write_text(json.dumps(notebook, **options), encoding="utf-8")


def handed_in(
    name: str,
    score: float | None = None,
    *,
    at_most: float = 0,
    at_least: float = 0,
    status: frozenset[str] = DEALT_WITH,
    student: str = "",
    **rest: Any,
) -> Callable[[Build], Build]:
    """Note the function as what writes a submission, and its verdict: as a score, or as the most it may earn."""

    def note(build: Build) -> Build:
        most, least = (at_most, at_least) if score is None else (score, score)
        who = student or build.__name__.replace("_", "-")
        BUILT.append(Attack(who, name, least, most, status, build=build, **rest))
        return build

    return note


def cell_of(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the cell with this id."""
    return next(one for one in notebook["cells"] if one["id"] == name)
