"""What came of grading one notebook of one student, as it is shown, stored and written into reports."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self


class Status(StrEnum):
    """How the grading of a notebook ended."""

    GRADED = "graded"  #: the whole notebook ran
    PARTIAL = "partial"  #: cut short by a crash, a time-out or its memory; what it had earned counts
    UNGRADABLE = "ungradable"  #: there was no notebook that could be read: nothing counted
    MISSING = "missing"  #: nothing was handed in for this notebook
    UNCHANGED = "unchanged"  #: graded before from the same submission and exercise, and not again
    FAULT = "fault"  #: the grader's own trouble, never the student's


#: These need a person.
OPEN = (Status.PARTIAL, Status.UNGRADABLE, Status.FAULT)


@dataclass(frozen=True)
class Graded:
    """What came of grading one notebook of one student.

    Attributes:
        score: the points that count in the gradebook, those given by hand included; None where nothing counted.
        before: for a notebook that is not graded, the score that the gradebook has from before, if it has one.
        sandbox: the level that held while it ran; empty when nothing ran.
        flags: what was put right or looks odd, each a sentence.
        earlier: for UNCHANGED, the status that it got when it was graded.
    """

    student: str
    notebook: str
    score: float | None
    max_score: float | None
    status: str
    sandbox: str = ""
    seconds: float = 0.0
    reason: str = ""
    flags: tuple[str, ...] = ()
    before: float | None = None
    earlier: str = ""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Make it from what `as_dict` returned."""
        return cls(**{**data, "flags": tuple(data["flags"]), "status": Status(data["status"])})

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain data."""
        return asdict(self) | {"flags": list(self.flags), "status": str(self.status)}

    def unchanged(self, score: float) -> Graded:
        """Return the same for a run in which it was not graded again."""
        return replace(self, status=Status.UNCHANGED, earlier=str(self.earlier or self.status), score=score)

    def say(self, several: bool = False) -> str:
        """Return the result as a line for people; with the notebook's name where an assignment has `several`."""
        said = f"{self.student}: {self.notebook}: " if several else f"{self.student}: "
        status = "" if self.status is Status.GRADED else str(self.status)
        if self.score is None:
            said += status
        else:
            said += f"{self.score:g} of {self.max_score:g} points" + (f", {status}" if status else "")
        if self.seconds and self.status is not Status.UNCHANGED:
            said += f" ({self.seconds:.1f} s)"
        if self.before is not None and self.score is None:
            said += f"; {self.before:g} points from before stand until a person decides"
        return f"{said}: {self.reason}" if self.reason else said
