"""What the gradebook says of an assignment: points, comments and lateness of everybody, read in a few queries."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbgrader.api import Gradebook, SubmittedAssignment


@dataclass(frozen=True)
class CellMark:
    """The points of one cell.

    Attributes:
        score: what counts, that of a person before that of the grader, with extra credit.
        most: the most that the cell can bring.
        by_hand: whether a person set the score.
        extra: extra credit, part of `score`.
        waiting: whether a person has still to look at it.
    """

    score: float
    most: float
    by_hand: bool = False
    extra: float = 0.0
    waiting: bool = False


@dataclass(frozen=True)
class NotebookMarks:
    """Points and comments of one notebook by the names of its cells, and what lateness costs."""

    cells: Mapping[str, CellMark] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    penalty: float = 0.0

    @property
    def earned(self) -> float:
        """The points of all cells, before anything is taken off for lateness."""
        return sum(cell.score for cell in self.cells.values())

    @property
    def score(self) -> float:
        """The points that count."""
        return max(0.0, self.earned - self.penalty)

    @property
    def most(self) -> float:
        """The most points that the notebook can bring."""
        return sum(cell.most for cell in self.cells.values())

    @property
    def waiting(self) -> bool:
        """Whether a person has still to look at it."""
        return any(cell.waiting for cell in self.cells.values())


@dataclass(frozen=True)
class StudentMarks:
    """What one student has got for an assignment; times are in UTC, and None where none is known."""

    id: str
    name: str
    notebooks: Mapping[str, NotebookMarks]
    came: datetime.datetime | None = None
    due: datetime.datetime | None = None


def class_marks(gradebook: Gradebook, assignment: str, student: str | None = None) -> dict[str, StudentMarks]:
    """Return what everybody who handed in an assignment has got, or one student, by student id."""
    from nbgrader import api

    def chosen(query: Any, table: Any) -> Any:
        """Hold the query to the cells of the assignment, and to the student."""
        query = (
            query.join(api.BaseCell, table.cell_id == api.BaseCell.id)
            .join(api.SubmittedNotebook, table.notebook_id == api.SubmittedNotebook.id)
            .join(api.SubmittedAssignment, api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id)
            .join(api.Assignment, api.SubmittedAssignment.assignment_id == api.Assignment.id)
            .filter(api.Assignment.name == assignment)
        )
        return query if student is None else query.filter(api.SubmittedAssignment.student_id == student)

    session = gradebook.db
    most = {
        cell: float(points)
        for table in (api.GradeCell, api.TaskCell)
        for cell, points in session.query(table.id, table.max_score)
    }
    cells: dict[str, dict[str, CellMark]] = defaultdict(dict)
    columns = (
        api.Grade.auto_score,
        api.Grade.manual_score,
        api.Grade.extra_credit,
        api.Grade.needs_manual_grade,
    )
    for notebook, cell, name, auto, manual, extra, waiting in chosen(
        session.query(api.Grade.notebook_id, api.BaseCell.id, api.BaseCell.name, *columns), api.Grade
    ):
        given, extra = auto if manual is None else manual, extra or 0.0
        score = 0.0 if given is None else given + extra
        cells[notebook][name] = CellMark(score, most.get(cell, 0.0), manual is not None, extra, bool(waiting))
    comments: dict[str, dict[str, str]] = defaultdict(dict)
    for notebook, name, auto, manual in chosen(
        session.query(
            api.Comment.notebook_id, api.BaseCell.name, api.Comment.auto_comment, api.Comment.manual_comment
        ),
        api.Comment,
    ):
        if text := (auto if manual is None else manual):
            comments[notebook][name] = text
    found: dict[str, StudentMarks] = {}
    for submission in gradebook.find_assignment(assignment).submissions:
        if student is not None and submission.student_id != student:
            continue
        person, due = submission.student, submission.duedate
        found[person.id] = StudentMarks(
            person.id,
            f"{person.first_name or ''} {person.last_name or ''}".strip(),
            {
                one.name: NotebookMarks(cells[one.id], comments[one.id], one.late_submission_penalty or 0.0)
                for one in submission.notebooks
            },
            submission.timestamp and submission.timestamp.replace(tzinfo=datetime.UTC),
            due and due.replace(tzinfo=datetime.UTC),
        )
    return found


def mark(submission: SubmittedAssignment | None) -> float | None:
    """Return the score that counts, the penalty for lateness taken off; None where nothing was handed in."""
    if submission is None:
        return None
    return max(0.0, (submission.score or 0.0) - penalty(submission))


def penalty(submission: SubmittedAssignment | None) -> float:
    """Return what lateness costs, 0 where nothing was handed in."""
    return (submission.late_submission_penalty or 0.0) if submission else 0.0
