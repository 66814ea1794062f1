"""Write the feedback of an assignment: where nbgrader's `generate_feedback` writes it, and the class's by the marks.

The pages are for their owner alone. Where the course releases feedback with `course_utils.grading.exchange`, the files
are too; nbgrader's own `release_feedback` copies a file with its permissions, so that there the folder alone is closed.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError, UsageError
from course_utils.grading.course import open_gradebook
from course_utils.grading.feedback_pages.overview import make_overview
from course_utils.grading.feedback_pages.pages import class_page, student_page
from course_utils.grading.feedback_pages.student import Page, make_page
from course_utils.grading.gradebook import require_gradebook, sqlite_path
from course_utils.grading.intake.placing import TIMESTAMP, stamp
from course_utils.grading.ledger import Ledger
from course_utils.grading.marks import NotebookMarks, StudentMarks, class_marks
from course_utils.grading.owned import PRIVATE_FILE, PRIVATE_FOLDER, make_owned, write_owned
from course_utils.grading.records import Run, read_run
from course_utils.grading.regions import Regions
from course_utils.grading.settings import Settings, open_course

#: What nbgrader's exchange tells submissions apart by; its release_feedback stops where a folder lacks it.
SECRET = "submission_secret.txt"
_LARGEST_NOTEBOOK = 100 * 2**20
_RELEASED_BY_NBGRADER = 0o644


@dataclass(frozen=True)
class Written:
    """The files that were written: the students' pages, and that of the class."""

    pages: tuple[Path, ...]
    overview: Path


def feedback(course: Path, assignment: str, tell: Callable[[str], object] = lambda words: None) -> Written:
    """Write the feedback of everybody who handed in the assignment; `tell` hears how far it has come.

    `course` is the folder of any nbgrader course. A page that was there is replaced. Raises CourseError when nobody
    has been graded.
    """
    settings = open_course(course)
    require_gradebook(sqlite_path(str(settings.directory.db_url)))
    with open_gradebook(settings.directory) as gradebook:
        known = sorted(one.name for one in gradebook.assignments)
        if assignment not in known:
            raise UsageError(
                f"There is no assignment {assignment!r} in the gradebook; there are: {', '.join(known)}."
            )
        marks = class_marks(gradebook, assignment)
    with Ledger(settings.state) as ledger:
        results = {student: entry.results for student, entry in ledger.entries(assignment).items()}
    everybody = _with_those_who_have_no_marks(marks, results)
    if not everybody:
        raise CourseError(f"There is no feedback for {assignment}: run `course grade {assignment}` first.")
    mode = PRIVATE_FILE if _released_by_us(settings.config) else _RELEASED_BY_NBGRADER
    written: list[tuple[Page, Path]] = []
    for number, student in enumerate(everybody, 1):
        tell(f"Writing the feedback pages: {student.id} ({number} of {len(everybody)}) …")
        written += _write_student(settings, assignment, student, results.get(student.id, ()), mode)
    overview = settings.state / "reports" / f"{assignment}-class.html"
    pages = [(page, os.path.relpath(path, overview.parent)) for page, path in written]
    write_owned(overview, class_page(make_overview(assignment, pages)))
    return Written(tuple(path for _, path in written), overview)


def regions_of(config: Mapping[str, Any]) -> Regions:
    """Return how the course marks hidden tests, by its configuration."""
    said = config.get("ClearHiddenTests", {})
    words = {
        "begin": said.get("begin_test_delimeter", Regions.begin),
        "end": said.get("end_test_delimeter", Regions.end),
    }
    return Regions(**words)


def read_graded(path: Path) -> dict[str, Any] | None:
    """Return an autograded notebook, or None where there is none that can be read."""
    try:
        if path.stat().st_size > _LARGEST_NOTEBOOK:
            return None
        data = json.loads(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _with_those_who_have_no_marks(
    marks: Mapping[str, StudentMarks], results: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[StudentMarks]:
    """Everybody whom the gradebook has, and those of whom `course grade` could not enter a first grade."""
    others = [
        StudentMarks(student, "", {one["result"]["notebook"]: NotebookMarks() for one in kept})
        for student, kept in results.items()
        if student not in marks
    ]
    return sorted([*marks.values(), *others], key=lambda student: student.id)


def _write_student(
    settings: Settings,
    assignment: str,
    student: StudentMarks,
    results: Sequence[Mapping[str, Any]],
    mode: int,
) -> Iterator[tuple[Page, Path]]:
    directory = settings.directory
    source = Path(directory.format_path(directory.autograded_directory, student.id, assignment))
    target = Path(directory.format_path(directory.feedback_directory, student.id, assignment))
    make_owned(target)
    for folder in (target, target.parent):
        folder.chmod(PRIVATE_FOLDER)  # also where nbgrader made it before
    regions = regions_of(settings.config)
    for notebook in student.notebooks:
        graded = read_graded(source / f"{notebook}.ipynb")
        page = make_page(assignment, notebook, student, graded, regions, _run(notebook, graded, results))
        path = write_owned(target / f"{notebook}.html", student_page(page))
        path.chmod(mode)
        yield page, path
    _write_beside(source, target, student)


def _run(notebook: str, graded: Mapping[str, Any] | None, results: Sequence[Mapping[str, Any]]) -> Run | None:
    """How the run went: as the notebook says, unless the grader has found since that the submission is none."""
    kept = next((one["result"] for one in results if one["result"]["notebook"] == notebook), None)
    status = (kept["earlier"] or kept["status"]) if kept else ""
    if kept is None or status in ("graded", "partial"):
        return read_run(graded)
    return Run(status, kept["sandbox"], kept["seconds"], reason=kept["reason"], flags=tuple(kept["flags"]))


def _write_beside(source: Path, target: Path, student: StudentMarks) -> None:
    """The two files by which nbgrader's release_feedback finds whose feedback it is."""
    for name, missing in (
        (TIMESTAMP, stamp(student.came) if student.came else ""),
        (SECRET, secrets.token_hex(32)),
    ):
        if (source / name).is_file():
            write_owned(target / name, (source / name).read_bytes())
        elif not (target / name).is_file():
            write_owned(target / name, missing)


def _released_by_us(config: Mapping[str, Any]) -> bool:
    chosen = config.get("ExchangeFactory", {}).get("release_feedback", "")
    return "course_utils.grading.exchange" in (
        chosen if isinstance(chosen, str) else getattr(chosen, "__module__", "")
    )
