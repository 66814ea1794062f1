"""Marks out of the gradebook, as nbgrader's export plug-ins: plain CSV, and what Canvas and Moodle import.

`course export --to canvas`, or `nbgrader export --exporter=course_utils.grading.exports.CanvasExportPlugin`. Names and
ids come from people: a cell that a spreadsheet would take for a formula is given as text. The files are for their
owner alone. Who has handed in nothing has 0 in the plain file, as nbgrader has it, and an empty cell in the others,
which leaves what the platform has.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbgrader.plugins import ExportPlugin
from traitlets import Bool, Dict, Unicode

from course_utils.errors import UsageError
from course_utils.grading.course import open_gradebook
from course_utils.grading.gradebook import require_gradebook, sqlite_path
from course_utils.grading.marks import mark, penalty
from course_utils.grading.owned import write_owned
from course_utils.grading.roster import left_class
from course_utils.grading.settings import open_course

if TYPE_CHECKING:
    from nbgrader.api import Assignment, Gradebook, Student

#: What a spreadsheet takes for the start of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class MarksExportPlugin(ExportPlugin):
    """What the plug-ins share: whom and what to export, and where to."""

    #: The file's name where `--to` gives none.
    file_name = "grades.csv"

    with_left = Bool(False, help="Also the students who have left the class.").tag(config=True)

    def export(self, gradebook: Gradebook) -> None:
        """Write the file; nbgrader's export calls it."""
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer)
        for row in self.rows(gradebook):
            writer.writerow([_cell(value) for value in row])
        path = Path(self.to or self.file_name)
        write_owned(path.absolute(), buffer.getvalue())
        self.log.info("Exported grades to %s", path)

    def rows(self, gradebook: Gradebook) -> Iterator[Sequence[object]]:
        """Yield the rows of the file, its head first."""
        raise NotImplementedError

    def students(self, gradebook: Gradebook) -> list[Student]:
        """Return the students to export, in the order of the gradebook."""
        chosen = {str(student) for student in self.student}
        left = set() if self.with_left or chosen else left_class(Path(gradebook.engine.url.database or ""))
        return [
            student
            for student in gradebook.students
            if student.id not in left and (not chosen or student.id in chosen)
        ]

    def assignments(self, gradebook: Gradebook) -> list[Assignment]:
        """Return the assignments to export, by name."""
        chosen = {str(assignment) for assignment in self.assignment}
        known = sorted(gradebook.assignments, key=lambda assignment: assignment.name)
        return [assignment for assignment in known if not chosen or assignment.name in chosen]


class CsvExportPlugin(MarksExportPlugin):
    """One line an assignment and student, with the columns of nbgrader's own CSV."""

    def rows(self, gradebook: Gradebook) -> Iterator[Sequence[object]]:
        """Yield one line for each assignment and student."""
        yield (
            *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
            *("raw_score", "late_submission_penalty", "score", "max_score"),
        )
        students = self.students(gradebook)
        for assignment in self.assignments(gradebook):
            handed_in = {submission.student_id: submission for submission in assignment.submissions}
            for student in students:
                submission = handed_in.get(student.id)
                raw = (submission.score or 0.0) if submission else 0.0
                yield (
                    assignment.name,
                    assignment.duedate,
                    submission.timestamp if submission else None,
                    student.id,
                    student.last_name,
                    student.first_name,
                    student.email,
                    raw,
                    penalty(submission),
                    mark(submission) or 0.0,
                    float(assignment.max_score),
                )


class CanvasExportPlugin(MarksExportPlugin):
    """Canvas' gradebook import: a row of the points possible, then a line a student, a column an assignment.

    Canvas knows students by its own number, the roster's LMS user id, or by the SIS login id, which is the student id
    here. It knows an assignment by the number behind its name; a column without a number becomes a new assignment.
    """

    file_name = "grades-canvas.csv"

    assignment_ids = Dict(
        value_trait=Unicode(),
        key_trait=Unicode(),
        help='Canvas\' number of each assignment, as in {"week1": "4242"}: it is in the address of its page.',
    ).tag(config=True)
    section = Unicode("", help="What stands in the column Section.").tag(config=True)

    def rows(self, gradebook: Gradebook) -> Iterator[Sequence[object]]:
        """Yield the head, the points possible, and a line for each student."""
        assignments = self.assignments(gradebook)
        names = [self._column(assignment.name) for assignment in assignments]
        yield "Student", "ID", "SIS User ID", "SIS Login ID", "Section", *names
        # Canvas writes these words with four spaces before them, and knows the row by them.
        yield "    Points Possible", "", "", "", "", *(float(one.max_score) for one in assignments)
        for student, marks in _by_student(self.students(gradebook), assignments):
            name = ", ".join(filter(None, (student.last_name, student.first_name))) or student.id
            yield name, student.lms_user_id, "", student.id, self.section, *marks

    def _column(self, assignment: str) -> str:
        number = self.assignment_ids.get(assignment)
        return f"{assignment} ({number})" if number else assignment


class MoodleExportPlugin(MarksExportPlugin):
    """Moodle's grade import: students by ID number or email address, a column for each assignment.

    In Moodle: Grades, Import, CSV file; map "ID number" to "ID number", or "Email address" to "Email address".
    """

    file_name = "grades-moodle.csv"

    columns = Dict(
        value_trait=Unicode(),
        key_trait=Unicode(),
        help='The name of the grade item of each assignment, as in {"week1": "Assignment: week 1 (Real)"}.',
    ).tag(config=True)

    def rows(self, gradebook: Gradebook) -> Iterator[Sequence[object]]:
        """Yield the head and a line for each student."""
        assignments = self.assignments(gradebook)
        names = [self.columns.get(assignment.name, assignment.name) for assignment in assignments]
        yield "First name", "Surname", "ID number", "Email address", *names
        for student, marks in _by_student(self.students(gradebook), assignments):
            yield student.first_name, student.last_name, student.id, student.email, *marks


FORMATS: dict[str, type[MarksExportPlugin]] = {
    "csv": CsvExportPlugin,
    "canvas": CanvasExportPlugin,
    "moodle": MoodleExportPlugin,
}


def export(course: Path, to: str = "csv", out: Path | None = None) -> Path:
    """Write the marks of the class into a file, beside the gradebook unless `out` names it; return its path.

    `course` is the folder of any nbgrader course.
    """
    if to not in FORMATS:
        raise UsageError(f"Marks cannot be exported to {to!r}; the formats are {', '.join(FORMATS)}.")
    settings = open_course(course)
    require_gradebook(sqlite_path(str(settings.directory.db_url)))
    path = out or settings.state / FORMATS[to].file_name
    with open_gradebook(settings.directory) as gradebook:
        FORMATS[to](to=str(path), config=settings.config).export(gradebook)
    return path


def waiting(course: Path) -> list[str]:
    """Return what in the gradebook still needs a person, as "week1 of ada", so that no mark goes out unseen."""
    with open_gradebook(open_course(course).directory) as gradebook:
        return [
            f"{assignment.name} of {submission.student_id}"
            for assignment in gradebook.assignments
            for submission in assignment.submissions
            if submission.needs_manual_grade
        ]


def _by_student(
    students: Iterable[Student], assignments: Sequence[Assignment]
) -> Iterator[tuple[Student, list[float | None]]]:
    handed_in: dict[tuple[str, str], Any] = {
        (assignment.name, submission.student_id): submission
        for assignment in assignments
        for submission in assignment.submissions
    }
    for student in students:
        yield student, [mark(handed_in.get((assignment.name, student.id))) for assignment in assignments]


def _cell(value: object) -> str:
    """A cell as text; what a spreadsheet would take for a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(round(value, 4))
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
