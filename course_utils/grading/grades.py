"""Grades, feedback and marks, through nbgrader's autograde, generate_feedback and export."""

from __future__ import annotations

import contextlib
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from course_utils.checks.secret import class_secret
from course_utils.errors import CourseError, UsageError
from course_utils.grading.course import database, kernels_unheard, last_error, nbgrader, require_assignment
from course_utils.grading.releases import register, stale_files


@dataclass(frozen=True)
class Graded:
    """What came of grading one notebook of one student."""

    student: str
    notebook: str
    score: float | None
    max_score: float | None
    status: str
    sandbox: str
    seconds: float
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain data."""
        return asdict(self)

    def __str__(self) -> str:
        if self.status != "graded":
            return f"{self.student}: not graded: {self.reason}"
        return f"{self.student}: {self.score:g} of {self.max_score:g} points ({self.seconds:.1f} s)"


def autograde(root: Path, assignment: str, student: str | None = None, force: bool = True) -> list[Graded]:
    """Grade the assignment's submissions, or one student's, one after the other; return the results.

    A submission that nbgrader cannot grade is reported with its reason, and the others are graded.
    """
    require_assignment(root, assignment)
    class_secret()  # without it every hidden check would fail
    with kernels_unheard() as terminal, _progress(terminal) as progress, nbgrader(root) as api:
        task = progress.add_task("preparing", total=None)
        if stale_files(root, assignment):
            raise CourseError(
                f"exercises/{assignment} is not what solutions/{assignment} makes: run `course release`."
            )
        students = _submitted(Path(api.coursedir.root) / api.coursedir.submitted_directory, assignment)
        if student is not None and student not in students:
            raise UsageError(f"There is no submission of {student!r} for {assignment} in class/submitted.")
        if not students:
            raise CourseError(f"There are no submissions for {assignment}: run `course collect INBOX` first.")
        register(root, assignment)
        chosen = [student] if student is not None else students
        progress.update(task, total=len(chosen))
        results = []
        for name in chosen:
            progress.update(task, description=name)
            results.append(_grade(api, assignment, name, force))
            progress.advance(task)
    return results


def feedback(root: Path, assignment: str) -> list[Path]:
    """Write the feedback pages of everybody who was graded; return their paths."""
    require_assignment(root, assignment)
    with nbgrader(root) as api:
        result = api.generate_feedback(assignment, force=True)
        directory = Path(api.coursedir.root) / api.coursedir.feedback_directory
    if not result["success"]:
        raise CourseError(
            f"There is no feedback for {assignment}, run `course grade` first: {last_error(result)}"
        )
    return sorted(directory.glob(f"*/{assignment}/*.html"))


def export(root: Path, to: str = "csv") -> Path:
    """Write the marks of the class into class/grades.csv; return its path."""
    if to != "csv":
        raise UsageError(f"Marks cannot be exported to {to!r}; the format is csv.")
    with nbgrader(root) as api:
        if not database(api.coursedir).is_file():
            raise CourseError("There is no gradebook yet: run `course grade` first.")
        from nbgrader.api import Gradebook
        from nbgrader.plugins import CsvExportPlugin

        path = root / "class" / "grades.csv"
        plugin = CsvExportPlugin(to=str(path))
        with Gradebook(api.coursedir.db_url) as gradebook:
            plugin.export(gradebook)
    return path


def _submitted(directory: Path, assignment: str) -> list[str]:
    return sorted(path.parent.name for path in directory.glob(f"*/{assignment}") if path.is_dir())


def _grade(api: Any, assignment: str, student: str, force: bool) -> Graded:
    started = time.perf_counter()
    result = api.autograde(assignment, student, force=force, create=True)
    seconds = round(time.perf_counter() - started, 2)
    if not result["success"]:
        return Graded(student, "", None, None, "failed", "none", seconds, last_error(result))
    with _gradebook(api) as gradebook:
        submission = gradebook.find_submission(assignment, student)
        names = ", ".join(sorted(notebook.name for notebook in submission.notebooks))
        return Graded(student, names, submission.score, submission.max_score, "graded", "none", seconds)


@contextlib.contextmanager
def _gradebook(api: Any) -> Any:
    from nbgrader.api import Gradebook

    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
        yield gradebook


def _progress(terminal: TextIO) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(file=terminal), transient=True)
