"""For honest work, `course grade` writes what `nbgrader autograde` writes, row by row and cell by cell.

The material is nbgrader's own: the example course of its documentation, and notebooks of its own tests.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import nbgrader
import pytest

from course_utils import grading
from tests.grading.ordinary import api, generate

PACKAGE = Path(nbgrader.__file__).parent
EXAMPLE = PACKAGE / "docs" / "source" / "user_guide"
FILES = PACKAGE / "tests" / "apps" / "files"
CONFIG = """c = get_config()
c.CourseDirectory.course_id = "example"
c.IncludeHeaderFooter.header = "source/header.ipynb"
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE"}
c.Autograde.exclude_overwriting = {"ps2": ["helper.py"]}
c.LateSubmissionPlugin.penalty_method = "zero"
"""
#: assignment → notebook → nbgrader's test file for the source.
SOURCES = {
    "ps2": {"p1": "submitted-unchanged"},
    "ps3": {"p1": "test-hidden-tests", "p2": "validating-environment-variable"},
}
#: assignment, student, notebook → nbgrader's test file that is handed in; None for the release itself.
HANDED_IN = {
    ("ps2", "foo", "p1"): "submitted-unchanged",
    ("ps2", "bar", "p1"): "submitted-changed",
    ("ps2", "tests", "p1"): "submitted-grade-cell-changed",
    ("ps2", "locked", "p1"): "submitted-locked-cell-changed",
    ("ps2", "cheat", "p1"): "submitted-cheat-attempt",
    ("ps3", "foo", "p1"): None,
    ("ps3", "foo", "p2"): None,
    ("ps3", "bar", "p2"): "validating-environment-variable",
}


def make_course(folder: Path) -> Path:
    for name in ("source", "submitted"):
        shutil.copytree(EXAMPLE / name, folder / name, ignore=shutil.ignore_patterns("ps1_autotest"))
    (folder / "nbgrader_config.py").write_text(CONFIG)
    for assignment, notebooks in SOURCES.items():
        for notebook, file in notebooks.items():
            put(FILES / f"{file}.ipynb", folder / "source" / assignment / f"{notebook}.ipynb")
    (folder / "source" / "ps2" / "helper.py").write_text("by the instructor")
    (folder / "source" / "ps2" / "data").mkdir()
    (folder / "source" / "ps2" / "data" / "rows.csv").write_text("right")
    for assignment in ("ps1", *SOURCES):
        generate(folder, assignment)
    for (assignment, student, notebook), file in HANDED_IN.items():
        source = FILES / f"{file}.ipynb" if file else folder / "release" / assignment / f"{notebook}.ipynb"
        put(source, folder / "submitted" / student / assignment / f"{notebook}.ipynb")
    hers = folder / "submitted" / "bar" / "ps2"
    (hers / "helper.py").write_text("by the student")
    (hers / "data").mkdir()
    (hers / "data" / "rows.csv").write_text("wrong")
    (hers / "timestamp.txt").write_text("2015-02-02 15:58:23.948203 America/Los_Angeles")
    (folder / "submitted" / "foo" / "ps2" / "timestamp.txt").write_text("")
    api(folder).gradebook.update_or_create_assignment(
        "ps2", duedate="2015-02-02 14:58:23 America/Los_Angeles"
    )
    return folder


def put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def grade_twice(folder: Path) -> None:
    """Make the course, and grade it with nbgrader in one copy and with `course grade` in another."""
    ours = make_course(folder / "ours")
    theirs = folder / "theirs"
    shutil.copytree(ours, theirs)
    for assignment in ("ps1", *SOURCES):
        nbgraders = api(theirs)
        for path in sorted((theirs / "submitted").glob(f"*/{assignment}")):
            done = nbgraders.autograde(assignment, path.parent.name)
            assert done["success"], done["log"]
        grading.grade(ours, assignment, sandbox="off")


@pytest.fixture(scope="module")
def both(once: Any) -> tuple[Path, Path]:
    folder = once("same-as-nbgrader", grade_twice)
    return folder / "ours", folder / "theirs"


def rows(course: Path) -> dict[str, set[tuple[Any, ...]]]:
    """Return every row of the tables of submissions, with names in place of ids."""
    submission = """
        submitted_assignment s JOIN assignment a ON s.assignment_id = a.id
        LEFT JOIN submitted_notebook n ON n.assignment_id = s.id LEFT JOIN notebook b ON n.notebook_id = b.id
    """
    queries = {
        "student": "SELECT id, first_name, last_name, email, lms_user_id FROM student",
        "submission": f"SELECT a.name, s.student_id, s.timestamp, s.extension FROM {submission}",
        "notebook": "SELECT a.name, s.student_id, b.name, n.flagged, coalesce(n.late_submission_penalty, 'none') "
        f"FROM {submission}",
        "grade": "SELECT a.name, s.student_id, b.name, c.name, c.type, g.auto_score, g.manual_score, g.extra_credit, "
        f"g.needs_manual_grade FROM {submission} JOIN grade g ON g.notebook_id = n.id "
        "JOIN base_cell c ON g.cell_id = c.id",
        "comment": "SELECT a.name, s.student_id, b.name, c.name, m.auto_comment, m.manual_comment "
        f"FROM {submission} JOIN comment m ON m.notebook_id = n.id JOIN base_cell c ON m.cell_id = c.id",
    }
    with sqlite3.connect(course / "gradebook.db") as database:
        return {table: set(database.execute(query)) for table, query in queries.items()}


@pytest.mark.parametrize("table", ["student", "submission", "notebook", "grade", "comment"])
def test_the_gradebooks_hold_the_same_rows(both: tuple[Path, Path], table: str) -> None:
    ours, theirs = (rows(course)[table] for course in both)
    assert ours == theirs
    assert len(ours) >= 8 or table == "student"


def notebooks(course: Path) -> dict[str, list[dict[str, Any]]]:
    paths = (course / "autograded").glob("*/*/*.ipynb")
    return {
        str(path.relative_to(course)): json.loads(path.read_text(encoding="utf-8"))["cells"] for path in paths
    }


def test_the_autograded_notebooks_hold_the_same_cells(both: tuple[Path, Path]) -> None:
    ours, theirs = map(notebooks, both)
    assert set(ours) == set(theirs)
    assert len(ours) >= 12
    for path, cells in ours.items():
        assert list(map(told, cells)) == list(map(told, theirs[path])), path


def told(cell: dict[str, Any]) -> tuple[Any, ...]:
    """What a person sees of a cell, and what nbgrader reads of it; a cheat's own outputs aside."""
    about = cell["metadata"].get("nbgrader") or {}
    kept = {name: about.get(name) for name in ("grade", "solution", "grade_id", "checksum", "points")}
    outputs = [
        (output["output_type"], output.get("text"), output.get("data"), output.get("evalue"))
        for output in cell.get("outputs", [])
    ]
    return cell["cell_type"], cell["source"], kept, cell.get("execution_count"), outputs


def test_the_same_files_lie_beside_them(both: tuple[Path, Path]) -> None:
    ours, theirs = (
        {
            str(path.relative_to(course)): (path.read_bytes(), path.stat().st_mode)
            for path in (course / "autograded").rglob("*")
            if path.is_file() and path.suffix != ".ipynb"
        }
        for course in both
    )
    assert ours == theirs
    assert ours["autograded/bar/ps2/helper.py"][0] == b"by the student"
    assert ours["autograded/bar/ps2/data/rows.csv"][0] == b"right"


@pytest.mark.parametrize(
    ("student", "assignment", "score", "most"),
    [
        ("foo", "ps2", 1, 7),
        ("bar", "ps2", 2, 7),
        ("cheat", "ps2", 1, 7),
        ("foo", "ps3", 1.5, 4),
        ("bar", "ps3", 0, 4),
    ],
)
def test_scores_are_those_that_nbgraders_own_tests_expect(
    both: tuple[Path, Path], student: str, assignment: str, score: float, most: float
) -> None:
    with api(both[0]).gradebook as gradebook:
        submission = gradebook.find_submission(assignment, student)
        assert (submission.score, submission.max_score) == (score, most)
