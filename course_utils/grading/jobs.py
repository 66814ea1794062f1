"""What passes between the trusted side of grading and the student's side: plain data, one job a notebook.

A `Job` holds all that the student's process may ever see: the cells in the order in which they run, files, and
inputs of checks. Expected values, labels and hidden tests of `course_utils.checks` are never part of it. An
`Outcome` is what came back. It was written by a hostile process until proven otherwise: data to be judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a code cell is to the grader."""

    STUDENT = "student"  #: the student's own: an answer, or a cell that the student added
    LOCKED = "locked"  #: the instructor's, without points: data, imports
    CHECK = "check"  #: calls of `check` and `hidden_check` alone: collected here, judged outside
    TEST = "test"  #: an ordinary nbgrader test cell, whose source has to run beside the student's code


@dataclass(frozen=True)
class Cell:
    """One code cell to run.

    Attributes:
        id: unique in its job; the nbgrader `grade_id` where the cell has one.
        source: the code. Empty for CHECK.
        checks: for CHECK, the names of its checks, such as "week1.predict", in order.
        hidden: those of them that are collected on hidden inputs as well.
    """

    id: str
    kind: Kind
    source: str = ""
    checks: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Times in seconds of wall time, sizes in bytes; `None` leaves a limit off."""

    cell_seconds: float | None = 120.0
    submission_seconds: float | None = 600.0
    memory: int | None = 4 * 2**30
    processes: int | None = 256
    files: int | None = 1024
    file_size: int | None = 512 * 2**20
    disk: int | None = 1024 * 2**20
    output: int | None = 2 * 2**20
    threads: int = 1


@dataclass(frozen=True)
class Job:
    """One notebook of one student, rebuilt from the trusted source and the student's answers.

    Attributes:
        key: names the job in messages and logs: "week1/ada/week1".
        cells: the code cells in order.
        visible: inputs by the name of the check, for the run of a CHECK cell at its place.
        hidden: the same on hidden inputs. They are sent only after the last cell has run.
        files: what lies in the working folder when it starts, by relative path.
        seed: for `random`, NumPy and Keras, so that a second grading computes the same.
        answers: the names that the instructor's own version binds in the cells that students answer, where it is
            known. All other functions, classes and builtins then mean in a TEST what they mean to the instructor,
            whatever the student has called by their names. None: only what the instructor's cells import does.
    """

    key: str
    cells: tuple[Cell, ...]
    visible: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    hidden: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    seed: int = 0
    answers: frozenset[str] | None = None


class Ran(StrEnum):
    """How the run of a cell, or of a whole job, ended."""

    OK = "ok"
    ERROR = "error"  #: an exception (of a cell; a job goes on after it)
    TIMEOUT = "timeout"
    MEMORY = "memory"
    DIED = "died"  #: the process ended: os._exit, a segmentation fault, a signal
    NOT_RUN = "not run"
    FAULT = "fault"  #: the grader's own trouble, never the student's: a person has to look


@dataclass(frozen=True)
class CellOutcome:
    """What one cell did.

    Attributes:
        outputs: as nbformat 4 has them, cut to the limits; empty for CHECK, whose outputs are written by the judge.
        value: for TEST, the number that its last expression gave, if it gave a plain one; it may be NaN or infinite.
        error: for ERROR, the exception's name and message in one line.
    """

    id: str
    ran: Ran
    seconds: float = 0.0
    outputs: tuple[Mapping[str, Any], ...] = ()
    value: float | None = None
    error: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    Attributes:
        cells: one for each cell of the job, in its order.
        visible, hidden: by the cell's id and the name of the check, what `collect` returned, as
            `checks.plain.to_json` wrote it; a check that was not reached is missing.
        ran: OK, or how the run was cut short; `failing` is then the id of the cell, `reason` a sentence for people.
            A cell that took too long and then yielded cuts nothing short: `ran` is OK, and both are set all the same.
        sandbox: the level that held: "bubblewrap", "landlock", "limits" or "off".
        seconds: wall time of the cells. It ends before hidden inputs are sent, so that a student may see it;
            `cpu_seconds` (processor time of the student's side) and `peak_memory` (bytes) could tell of them, and
            are for instructors alone.
    """

    cells: tuple[CellOutcome, ...]
    visible: Mapping[tuple[str, str], str] = field(default_factory=dict)
    hidden: Mapping[tuple[str, str], str] = field(default_factory=dict)
    ran: Ran = Ran.OK
    failing: str = ""
    reason: str = ""
    sandbox: str = "off"
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory: int = 0
