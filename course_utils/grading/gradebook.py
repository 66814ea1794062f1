"""nbgrader's gradebook, written by one writer: one transaction a submission, in bulk, the same rows as nbgrader's.

What people entered by hand (scores, extra credit, comments) is never touched; as under nbgrader, a cell with a score
of a person's is marked as needing a look again when its submission is graded again.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from course_utils.errors import CourseError

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory

_MAGIC = b"SQLite format 3\x00"
#: How often a gradebook that another program holds locked is tried; SQLite waits 5 seconds each time.
_TRIES = 6


@dataclass(frozen=True)
class Marks:
    """What the grader found for one notebook.

    Attributes:
        scores: points by the name of the cell; None where a person has to mark.
        comments: nbgrader's own comment by the name of the answer or task ("No response."), or None.
        state: "graded"; "missing" (nothing was handed in: every score is 0); or "ungradable" (what is in the
            gradebook stays, and is marked as needing a person).
    """

    notebook: str
    scores: Mapping[str, float | None] = field(default_factory=dict)
    comments: Mapping[str, str | None] = field(default_factory=dict)
    state: str = "graded"


@dataclass(frozen=True)
class Standing:
    """What the gradebook says of one notebook of one student.

    Attributes:
        submission: the gradebook's own id of the submission; another one after the gradebook was made anew.
        digest: a fingerprint of the scores that graders wrote, those by hand not among them.
        open: whether a person has to look at it.
        graded: whether any cell has a score.
    """

    submission: str
    score: float
    digest: str
    open: bool
    graded: bool
    penalty: float = 0.0


class ClassGradebook:
    """The gradebook of a course, open for one assignment. A context manager; to be used in one thread.

    Every method raises CourseError, with the cure, when the gradebook is locked, damaged or gone.
    """

    def __init__(self, directory: CourseDirectory, late: Any = None) -> None:
        """Open nothing yet. `late` is nbgrader's plugin for late submissions, or None for no penalties."""
        self._directory = directory
        self._late = late
        self.path = sqlite_path(str(directory.db_url))
        self._file: tuple[int, int] | None = None
        self.book: Any = None
        self._cells: dict[str, _Cells] = {}
        self._assignment = ""

    def __enter__(self) -> Self:
        require_gradebook(self.path)
        from nbgrader.api import Gradebook

        with self._spoken():
            self.book = Gradebook(self._directory.db_url, self._directory.course_id)
        self._file = self._identity()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.book.close()

    def load(self, assignment: str) -> None:
        """Read which cells the assignment has."""
        from nbgrader import api

        self._assignment = assignment
        with self._spoken():
            for notebook in self.book.find_assignment(assignment).notebooks:
                cells = _Cells(notebook.id)
                query = self.book.db.query(api.BaseCell.id, api.BaseCell.name, api.BaseCell.type)
                for cell_id, name, kind in query.filter(api.BaseCell.notebook_id == notebook.id):
                    if kind in ("GradeCell", "TaskCell"):
                        cells.graded[name] = cell_id
                    if kind in ("SolutionCell", "TaskCell"):
                        cells.commented[name] = cell_id
                self._cells[notebook.name] = cells
            self.book.db.remove()

    def lateness(self) -> str:
        """Return what a penalty depends on beside the time of a submission, as text: the date when it is due."""
        with self._spoken():
            due = self.book.find_assignment(self._assignment).duedate
            self.book.db.remove()
        return str(due)

    def standings(self) -> dict[tuple[str, str], Standing]:
        """Return what the gradebook says, by student and notebook, for the whole assignment."""
        from nbgrader import api

        with self._spoken():
            rows = (
                self.book.db.query(
                    api.SubmittedAssignment.id,
                    api.SubmittedAssignment.student_id,
                    api.Notebook.name,
                    api.SubmittedNotebook.late_submission_penalty,
                    api.BaseCell.name,
                    api.Grade.auto_score,
                    api.Grade.manual_score,
                    api.Grade.extra_credit,
                    api.Grade.needs_manual_grade,
                )
                .select_from(api.SubmittedAssignment)
                .join(api.Assignment, api.SubmittedAssignment.assignment_id == api.Assignment.id)
                .join(
                    api.SubmittedNotebook, api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id
                )
                .join(api.Notebook, api.SubmittedNotebook.notebook_id == api.Notebook.id)
                .outerjoin(api.Grade, api.Grade.notebook_id == api.SubmittedNotebook.id)
                .outerjoin(api.BaseCell, api.Grade.cell_id == api.BaseCell.id)
                .filter(api.Assignment.name == self._assignment)
                .all()
            )
            self.book.db.remove()
        grouped = defaultdict(list)
        for submission, student, notebook, penalty, *grade in rows:
            grouped[student, notebook, submission, penalty].append(tuple(grade))
        return {
            (student, notebook): _standing(submission, penalty, grades)
            for (student, notebook, submission, penalty), grades in grouped.items()
        }

    def students(self) -> set[str]:
        """Return the ids of the students whom the gradebook knows."""
        from nbgrader import api

        with self._spoken():
            known = {student for (student,) in self.book.db.query(api.Student.id)}
            self.book.db.remove()
        return known

    def write(
        self, student: str, timestamp: datetime.datetime | None, marks: Sequence[Marks]
    ) -> dict[str, Standing]:
        """Write what was found for one student in one transaction; return how each notebook stands now.

        Without a `timestamp`, a time that the gradebook has already stays.
        """
        for attempt in range(_TRIES):
            if self._identity() != self._file:
                raise CourseError(
                    f"The gradebook {self.path} was moved or deleted while it was in use: put it back, "
                    "or make it again with `nbgrader generate_assignment`, and grade again."
                )
            try:
                with self._spoken():
                    written = self._write(student, timestamp, marks)
                    self.book.db.commit()
                return written
            except _Locked:
                if attempt == _TRIES - 1:
                    raise
                time.sleep(0.5)
            finally:
                self.book.db.remove()  # rolls back what was not committed
        raise AssertionError("unreachable")

    def _write(
        self, student: str, timestamp: datetime.datetime | None, marks: Sequence[Marks]
    ) -> dict[str, Standing]:
        from nbgrader import api

        session = self.book.db
        if session.get(api.Student, student) is None:
            session.add(api.Student(id=student))
        assignment = session.query(api.Assignment).filter_by(name=self._assignment).one()
        query = session.query(api.SubmittedAssignment)
        submission = query.filter_by(assignment_id=assignment.id, student_id=student).one_or_none()
        if submission is None:
            submission = api.SubmittedAssignment(
                id=api.new_uuid(), assignment_id=assignment.id, student_id=student
            )
            session.add(submission)
        if timestamp is not None:
            submission.timestamp = timestamp
        session.flush()
        rows = self._submitted(submission.id)
        standings = {}
        for one in marks:
            notebook = rows[one.notebook]
            grades = self._write_grades(notebook.id, one)
            self._write_comments(notebook.id, one)
            if one.state != "ungradable":
                notebook.late_submission_penalty = self._penalty(student, submission, grades)
            standings[one.notebook] = _standing(submission.id, notebook.late_submission_penalty, grades)
        return standings

    def _submitted(self, submission: str) -> dict[str, Any]:
        """The rows of the submission's notebooks, made where they are not there yet."""
        from nbgrader import api

        session = self.book.db
        query = session.query(api.SubmittedNotebook).filter_by(assignment_id=submission)
        by_id = {row.notebook_id: row for row in query}
        made = {}
        for name, cells in self._cells.items():
            row = by_id.get(cells.id)
            if row is None:
                row = api.SubmittedNotebook(id=api.new_uuid(), assignment_id=submission, notebook_id=cells.id)
                session.add(row)
            made[name] = row
        session.flush()
        self._complete(api.Grade, made, "graded")
        self._complete(api.Comment, made, "commented")
        return made

    def _complete(self, table: Any, notebooks: Mapping[str, Any], which: str) -> None:
        """Add the rows of `table` that the submission has not got yet, one for each cell."""
        from nbgrader import api
        from sqlalchemy import insert

        ids = [row.id for row in notebooks.values()]
        query = self.book.db.query(table.notebook_id, table.cell_id).filter(table.notebook_id.in_(ids))
        there = {tuple(row) for row in query}
        new = [
            {"id": api.new_uuid(), "notebook_id": row.id, "cell_id": cell}
            for name, row in notebooks.items()
            for cell in getattr(self._cells[name], which).values()
            if (row.id, cell) not in there
        ]
        if new:
            self.book.db.execute(insert(table), new)

    def _write_grades(self, notebook: str, marks: Marks) -> list[tuple[Any, ...]]:
        """Write the scores; return (name, auto, manual, extra credit, needs a person) of each cell."""
        from nbgrader import api
        from sqlalchemy import update

        query = self.book.db.query(
            api.Grade.id,
            api.BaseCell.name,
            api.Grade.auto_score,
            api.Grade.manual_score,
            api.Grade.extra_credit,
            api.Grade.needs_manual_grade,
        )
        query = query.join(api.BaseCell, api.Grade.cell_id == api.BaseCell.id)
        grades, changes = [], []
        for row, name, auto, manual, extra, look in query.filter(api.Grade.notebook_id == notebook):
            if marks.state == "ungradable":
                look = True
            elif marks.state == "missing":
                auto, look = 0.0, False
            elif name in marks.scores:
                auto = marks.scores[name]
                look = manual is not None or auto is None
            grades.append((name, auto, manual, extra, look))
            changes.append({"id": row, "auto_score": auto, "needs_manual_grade": look})
        if changes:
            self.book.db.execute(update(api.Grade), changes)
        return grades

    def _write_comments(self, notebook: str, marks: Marks) -> None:
        from nbgrader import api
        from sqlalchemy import update

        query = self.book.db.query(api.Comment.id, api.BaseCell.name)
        query = query.join(api.BaseCell, api.Comment.cell_id == api.BaseCell.id)
        changes = [
            {"id": row, "auto_comment": marks.comments[name]}
            for row, name in query.filter(api.Comment.notebook_id == notebook)
            if name in marks.comments
        ]
        if changes:
            self.book.db.execute(update(api.Comment), changes)

    def _penalty(self, student: str, submission: Any, grades: Sequence[tuple[Any, ...]]) -> float | None:
        """As nbgrader's AssignLatePenalties computes it, through the plugin that the course has configured."""
        late = submission.total_seconds_late
        if self._late is None or late <= 0:
            return None
        score = sum(map(_score, grades))
        penalty = self._late.late_submission_penalty(student, score, late)
        return None if penalty is None else min(max(penalty, 0), score)

    def _identity(self) -> tuple[int, int] | None:
        if self.path is None:
            return None
        try:
            about = self.path.stat()
        except OSError:
            return (0, 0)
        return about.st_dev, about.st_ino

    @contextlib.contextmanager
    def _spoken(self) -> Iterator[None]:
        """Turn the database's errors into a sentence with the cure."""
        from sqlalchemy.exc import DatabaseError

        where = self.path or "at the configured address"
        try:
            yield
        except DatabaseError as error:
            reason = str(error.orig)
            if "locked" in reason or "busy" in reason:
                raise _Locked(
                    f"The gradebook {where} is locked by another program: close it, then grade again; "
                    "what was graded is kept."
                ) from error
            if "no such column" in reason or "no such table" in reason:
                raise CourseError(
                    f"The gradebook {where} was made by another version of nbgrader: copy it to a safe place, "
                    "then run `nbgrader db upgrade`."
                ) from error
            if "readonly" in reason:
                raise CourseError(
                    f"The gradebook {where} cannot be written: give yourself the right to write it."
                ) from error
            raise CourseError(
                f"The gradebook {where} cannot be used ({reason[:100]}): put back your last copy of it."
            ) from error


class _Locked(CourseError):
    """Another program holds the gradebook."""


@dataclass
class _Cells:
    """The gradebook's ids of a notebook's cells by their names: those with points, and those with comments."""

    id: str
    graded: dict[str, str] = field(default_factory=dict)
    commented: dict[str, str] = field(default_factory=dict)


def sqlite_path(url: str) -> Path | None:
    """Return the file of an SQLite gradebook; None for another database."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def require_gradebook(path: Path | None) -> None:
    """Raise CourseError when there is no gradebook at `path`, or when the file is none."""
    if path is None:
        return
    if not path.is_file():
        raise CourseError(
            f"There is no gradebook at {path}: run `nbgrader generate_assignment ASSIGNMENT` to make it."
        )
    try:
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except OSError as error:
        raise CourseError(f"The gradebook {path} cannot be read: {error.strerror}.") from error
    if start and start != _MAGIC:
        raise CourseError(f"{path} is no gradebook, or it is damaged: put back your last copy of it.")


def _standing(submission: str, penalty: float | None, grades: Sequence[tuple[Any, ...]]) -> Standing:
    rows = sorted((name, auto) for name, auto, *_ in grades if name is not None)
    digest = hashlib.sha256(
        repr([(name, auto if auto is None else float(auto)) for name, auto in rows]).encode()
    )
    return Standing(
        submission,
        sum(map(_score, grades)),
        digest.hexdigest(),
        any(grade[4] for grade in grades),
        any(grade[1] is not None or grade[2] is not None for grade in grades),
        penalty or 0.0,
    )


def _score(grade: tuple[Any, ...]) -> float:
    """The score that counts: that of a person before that of the grader, with extra credit."""
    _, auto, manual, extra, _ = grade
    if manual is None and auto is None:
        return 0.0
    return (auto if manual is None else manual) + (extra or 0.0)
