"""Courses are configured in many ways, and assignments have many shapes: what nbgrader's settings say is done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from course_utils import grading
from course_utils.errors import CourseError
from course_utils.grading import Graded
from course_utils.grading.matching import match_notebooks
from course_utils.grading.reading import Handed
from course_utils.grading.settings import open_course, parse_time
from course_utils.grading.trusted import TrustedAssignment, TrustedCell, TrustedNotebook
from tests.grading.classroom import cell
from tests.grading.ordinary import api, generate, notebook

PLUGIN = """from nbgrader.plugins import BasePlugin


class HourByHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return int(total_seconds_late / 3600)
"""
CONFIG = """c = get_config()
c.CourseDirectory.directory_structure = "{nbgrader_step}/{assignment_id}/{student_id}"
c.CourseDirectory.submitted_directory = "handed-in"
c.CourseDirectory.student_id_exclude = "guest,tester"
c.CourseDirectory.groupshared = True
c.Autograde.create_student = False
c.Execute.timeout = 1
c.LimitOutput.max_lines = 5
c.AssignLatePenalties.plugin_class = "late_policy.HourByHour"
"""


def exercise(kernel: str = "python", loop: str = "") -> dict[str, Any]:
    made = notebook(
        cell("code", "solve", f"def one():\n    return 1\n{loop}", solution=True),
        cell("code", "test", "assert one() == 1", grade=True, locked=True, points=2),
    )
    made["metadata"]["kernelspec"] = {"name": kernel, "language": kernel, "display_name": kernel}
    return made


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd") / "course"
    source = folder / "source" / "two" / "."
    source.mkdir(parents=True)
    for name, kernel in (("first", "python"), ("second", "python"), ("third", "R")):
        (source / f"{name}.ipynb").write_text(json.dumps(exercise(kernel)))
    (folder / "nbgrader_config.py").write_text(CONFIG)
    (folder / "late_policy.py").write_text(PLUGIN)
    generate(folder, "two")
    with api(folder).gradebook as book:
        book.update_or_create_assignment("two", duedate="2026-01-01 10:00:00 UTC")
        for student in ("ada", "bob"):
            book.add_student(student)
    for student in ("ada", "bob", "eve", "guest"):
        made = folder / "handed-in" / "two" / student
        made.mkdir(parents=True)
        (made / "first.ipynb").write_text(json.dumps(exercise()))
    ada, bob = (folder / "handed-in" / "two" / student for student in ("ada", "bob"))
    loud = "for number in range(50):\n    print(number)"
    (ada / "second.ipynb").write_text(json.dumps(exercise(loop=loud)))
    (ada / "third.ipynb").write_text(json.dumps(exercise("R")))
    (ada / "timestamp.txt").write_text("2026-01-01 11:30:00 UTC")
    (bob / "first.ipynb").write_text(
        json.dumps(exercise(loop="import time\nwhile True:\n    time.sleep(0.01)"))
    )
    return folder


@pytest.fixture(scope="module")
def results(course: Path) -> dict[tuple[str, str], Graded]:
    grades = grading.grade(course, "two", jobs=1, sandbox="off")
    return {(result.student, result.notebook): result for result in grades.results}


def test_each_notebook_of_an_assignment_has_its_own_result(results: dict[tuple[str, str], Graded]) -> None:
    assert {key: (str(result.status), result.score) for key, result in results.items()} == {
        ("ada", "first"): ("graded", 2),
        ("ada", "second"): ("graded", 2),
        ("ada", "third"): ("fault", None),
        ("bob", "first"): ("graded", 2),
        ("bob", "second"): ("missing", 0),
        ("bob", "third"): ("fault", None),
        ("eve", "first"): ("ungradable", None),
        ("eve", "second"): ("ungradable", None),
        ("eve", "third"): ("ungradable", None),
    }


def test_another_language_and_an_unknown_student_are_said(results: dict[tuple[str, str], Graded]) -> None:
    assert "'R'" in results["ada", "third"].reason
    assert "use `nbgrader autograde`" in results["ada", "third"].reason
    assert "create_student is off" in results["eve", "first"].reason


def test_a_cell_that_runs_too_long_is_an_error_and_the_rest_goes_on(
    course: Path, results: dict[tuple[str, str], Graded]
) -> None:
    path = course / "autograded" / "two" / "bob" / "first.ipynb"
    (outputs,) = [one["outputs"] for one in json.loads(path.read_text())["cells"] if one["id"] == "solve"]
    assert outputs[-1]["output_type"] == "error"


def test_files_are_the_groups_and_outputs_are_cut_as_configured(
    course: Path, results: dict[tuple[str, str], Graded]
) -> None:
    folder = course / "autograded" / "two" / "ada"
    assert folder.stat().st_mode & 0o7770 == 0o2770
    assert (folder / "second.ipynb").stat().st_mode & 0o777 == 0o664
    text = (folder / "second.ipynb").read_text()
    assert "... Output truncated ..." in text
    assert '"49' not in text


def test_the_courses_own_late_policy_is_asked(course: Path, results: dict[tuple[str, str], Graded]) -> None:
    with api(course).gradebook as book:
        assert book.find_submission_notebook("first", "two", "ada").late_submission_penalty == 1
        assert book.find_submission_notebook("first", "two", "bob").late_submission_penalty is None


def test_a_fault_is_tried_again_by_the_next_run(course: Path, results: dict[tuple[str, str], Graded]) -> None:
    again = grading.grade(course, "two", "ada", sandbox="off").results
    assert [str(result.status) for result in again] == ["graded", "graded", "fault"]


def test_a_late_policy_that_cannot_be_imported_is_named(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(
        'c = get_config()\nc.AssignLatePenalties.plugin_class = "no.such.Policy"\n'
    )
    with pytest.raises(CourseError, match=r"late policy 'no\.such\.Policy'"):
        open_course(tmp_path)


@pytest.mark.parametrize(
    "text", [b"yesterday", b"99999999999999999999", b"2026-99-99 10:00", b"\xff\xfe", b"0x" * 400]
)
def test_what_is_no_time_is_a_value_error_and_nothing_else(text: bytes) -> None:
    with pytest.raises(ValueError, match="is no time"):
        parse_time(text)


def test_times_are_read_as_nbgrader_reads_them() -> None:
    assert str(parse_time(b"2026-01-01 10:00:00 UTC\n")) == "2026-01-01 10:00:00"
    assert str(parse_time(b"2015-02-02 15:58:23.948203 America/Los_Angeles")) == "2015-02-02 23:58:23.948203"
    assert parse_time(b" \n") is None


def assignment(*names: str) -> TrustedAssignment:
    """An assignment whose notebooks all have a cell `shared`, and one cell of their own."""
    return TrustedAssignment(
        "ps",
        tuple(
            TrustedNotebook(
                name,
                tuple(
                    TrustedCell(one, one, "code", "", locked=False, solution=True) for one in ("shared", name)
                ),
            )
            for name in names
        ),
    )


def handed(**files: str) -> Handed:
    """Files, each a notebook with the cells that are named: `handed(hw="shared hw")`."""
    return Handed(
        {
            f"{name}.ipynb": json.dumps(
                notebook(*(cell("code", one, "1", solution=True) for one in cells.split()))
            ).encode()
            for name, cells in files.items()
        }
    )


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        ({"hw (1)": "shared hw"}, "hw (1).ipynb"),
        ({"hw-ada": "shared hw"}, "hw-ada.ipynb"),
        ({"Untitled": "shared hw"}, "Untitled.ipynb"),
        ({"HW": "shared hw", "diary": "something else"}, "HW.ipynb"),
        ({"Untitled": "shared hw", "hw-Copy1": "shared hw"}, "hw-Copy1.ipynb"),
        ({"a": "shared hw", "b": "shared hw"}, None),
        ({"diary": "something else"}, None),
    ],
)
def test_a_renamed_notebook_is_found_when_only_one_can_be_meant(
    files: dict[str, str], taken: str | None
) -> None:
    found = match_notebooks(assignment("hw"), handed(**files))["hw"]
    assert found.file == (taken or "")
    assert bool(found.notebook) == bool(taken)
    assert bool(found.problem) != bool(taken)


def test_of_two_renamed_notebooks_each_is_found_by_its_cells() -> None:
    found = match_notebooks(assignment("p1", "p2"), handed(x="shared p2", y="shared p1"))
    assert (found["p1"].file, found["p2"].file) == ("y.ipynb", "x.ipynb")
    found = match_notebooks(assignment("p1", "p2"), handed(p1="shared p1", extra="shared p1"))
    assert found["p1"].file == ""
    assert found["p1"].notebook
    assert found["p2"].notebook is None
