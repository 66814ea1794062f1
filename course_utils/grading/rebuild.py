"""A notebook to grade, built from the instructor's cells and the student's answers, and nothing else.

What runs, and in which order, is the instructor's: every cell that the gradebook knows is taken from there. Of the
student's notebook survive the text of the answers, found by their `grade_id`, and of other cells without one, each
after the cell that it followed. So tags, kernels, changed tests, missing, copied, moved or retyped cells make no
difference to the grading; what was put right is said in the flags.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from course_utils.grading.jobs import Cell, Job, Kind, Limits
from course_utils.grading.parsing import HandedCell, HandedNotebook
from course_utils.grading.trusted import TrustedCell, TrustedNotebook

_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MISSING = "This answer was not handed in: its cell was missing."


class NotThisNotebook(Exception):
    """None of the exercise's cells are in what was handed in. The message says so, for people."""


@dataclass(frozen=True)
class RebuiltCell:
    """One cell of the notebook to grade.

    Attributes:
        id: unique in the notebook: the `grade_id`, or for a cell that the student added a number.
        trusted: the instructor's cell that it stands for, or None.
        kind: "code" or "markdown".
        run: what it is to the grader; None when it does not run.
        missing: an answer that was not handed in.
    """

    id: str
    kind: str
    source: str
    run: Kind | None
    trusted: TrustedCell | None = None
    cell_id: str = ""
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: bool = False


@dataclass(frozen=True)
class Rebuilt:
    """The notebook to grade, and what had to be put right."""

    trusted: TrustedNotebook
    cells: tuple[RebuiltCell, ...]
    flags: tuple[str, ...] = ()

    def job(
        self,
        key: str,
        limits: Limits,
        files: Mapping[str, bytes],
        visible: Mapping[str, Mapping[str, Any]],
        hidden: Mapping[str, Mapping[str, Any]],
    ) -> Job:
        """Return what the student's side gets to see of it."""
        cells = tuple(_job_cell(cell) for cell in self.cells if cell.run is not None)
        seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
        return Job(key, cells, visible, hidden, files, limits, seed, self.trusted.answer_names)


def rebuild(trusted: TrustedNotebook, handed: HandedNotebook) -> Rebuilt:
    """Build the notebook to grade. Raises NotThisNotebook when no cell of the exercise is in it."""
    flags = list(handed.flags)
    sorting = _Sorting(trusted)
    for cell in handed.cells:
        sorting.add(cell)
    sorting.find_by_id()
    answers = [cell for cell in trusted.cells if cell.answer or cell.task]
    if answers and not sorting.found:
        raise NotThisNotebook("none of the exercise's cells is in it: is it another notebook?")
    cells = sorting.extras("")
    for cell in trusted.cells:
        cells.append(_trusted_cell(cell, sorting.found.get(cell.name)))
        cells += sorting.extras(cell.name)
    flags += sorting.flags()
    return Rebuilt(trusted, _with_ids(cells), tuple(flags))


class _Sorting:
    """Which of the student's cells answers which of the instructor's, and what follows it."""

    def __init__(self, trusted: TrustedNotebook) -> None:
        self.trusted = trusted
        self.known = {cell.name: cell for cell in trusted.cells}
        self.found: dict[str, HandedCell] = {}
        self.copied: list[str] = []
        self.by_id: list[str] = []
        self._extras: dict[str, list[HandedCell]] = defaultdict(list)
        self._anchor = ""

    def add(self, cell: HandedCell) -> None:
        """Take the student's next cell."""
        own = self.known.get(cell.grade_id)
        if own is None:
            self._extras[self._anchor].append(cell)
        elif cell.grade_id not in self.found:
            self.found[cell.grade_id] = cell
            self._anchor = cell.grade_id
        else:
            self.copied.append(cell.grade_id)
            if own.answer:  # a copy of a locked cell says nothing that the student wrote
                self._extras[self._anchor].append(cell)

    def find_by_id(self) -> None:
        """Find answers whose nbgrader metadata a program has dropped by the notebook format's own cell ids."""
        lost = {
            cell.id: cell.name
            for cell in self.trusted.cells
            if cell.id and cell.answer and cell.name not in self.found
        }
        for anchor, extras in self._extras.items():
            for cell in [extra for extra in extras if not extra.grade_id and extra.id in lost]:
                name = lost.pop(cell.id)
                self.found[name] = cell
                self.by_id.append(name)
                self._extras[anchor] = [extra for extra in self._extras[anchor] if extra is not cell]

    def extras(self, name: str) -> list[RebuiltCell]:
        """Return the cells that the student added after the cell `name`."""
        return [
            RebuiltCell(
                "",
                cell.kind,
                cell.source,
                Kind.STUDENT if cell.kind == "code" else None,
                cell_id=cell.id,
                attachments=cell.attachments,
            )
            for cell in self._extras.get(name, [])
        ]

    def flags(self) -> list[str]:
        """Say what was put right."""
        said = []
        missing = [cell.name for cell in self.trusted.cells if cell.name not in self.found]
        retyped = [name for name, cell in self.found.items() if cell.kind != self.known[name].kind]
        changed = [
            cell.name
            for cell in self.trusted.cells
            if cell.locked and not cell.solution and self._rewritten(cell)
        ]
        order = [cell.name for cell in self.trusted.cells if cell.name in self.found]
        said += _say("were missing and put back", missing)
        said += _say("were copied; the first of each counts", list(dict.fromkeys(self.copied)))
        said += _say("had lost their nbgrader mark and were found by their ids", self.by_id)
        said += _say("had another type, which was put right", retyped)
        said += _say("are the instructor's and had been changed; the instructor's text ran", changed)
        if not self.by_id and order != list(self.found):
            said.append("Cells were moved; they ran in the exercise's order.")
        return said

    def _rewritten(self, cell: TrustedCell) -> bool:
        """Whether the student changed a locked cell: what they saw is the source without its hidden parts."""
        handed = self.found.get(cell.name)
        if handed is None:
            return False
        lines = {line.strip() for line in cell.source.splitlines()}
        return any(line.strip() not in lines for line in handed.source.splitlines())


def _say(what: str, names: list[str]) -> list[str]:
    if not names:
        return []
    shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    return [f"Cells {what}: {shown}."]


def _trusted_cell(cell: TrustedCell, handed: HandedCell | None) -> RebuiltCell:
    if not cell.answer:
        return RebuiltCell(cell.name, cell.kind, cell.source, cell.run, cell, cell.id)
    if handed is not None:
        pictures = handed.attachments if cell.kind == "markdown" else {}
        return RebuiltCell(cell.name, cell.kind, handed.source, cell.run, cell, cell.id, pictures)
    # The text that the student found there at first is not run: it could undo what another cell of theirs defines.
    source = f"# {_MISSING}" if cell.kind == "code" else _MISSING
    return RebuiltCell(cell.name, cell.kind, source, None, cell, cell.id, missing=True)


def _with_ids(cells: list[RebuiltCell]) -> tuple[RebuiltCell, ...]:
    """Give the cells ids that are unique: `id` for the grader, `cell_id` for the saved notebook."""
    from dataclasses import replace

    names = {cell.id for cell in cells if cell.trusted}
    taken = {cell.cell_id for cell in cells if cell.trusted and cell.cell_id}
    made = []
    for number, cell in enumerate(cells):
        name = cell.id
        if cell.trusted is None:
            name = f"+{number}"
            while name in names:
                name = f"+{name}"
            names.add(name)
        cell_id = cell.cell_id
        if not _CELL_ID.fullmatch(cell_id) or (cell.trusted is None and cell_id in taken):
            cell_id = f"cell-{number}"
            while cell_id in taken:
                cell_id += "-"
        taken.add(cell_id)
        made.append(replace(cell, id=name, cell_id=cell_id))
    return tuple(made)


def _job_cell(cell: RebuiltCell) -> Cell:
    assert cell.run is not None
    if cell.run is Kind.CHECK and cell.trusted is not None:
        names = dict.fromkeys(call.name for call in cell.trusted.calls)
        hidden = dict.fromkeys(call.name for call in cell.trusted.calls if call.hidden)
        return Cell(cell.id, cell.run, checks=tuple(names), hidden=tuple(hidden))
    return Cell(cell.id, cell.run, cell.source)
