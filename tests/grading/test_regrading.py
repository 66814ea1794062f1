"""A second run grades what has changed and nothing else, and no old grade stays silently."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from course_utils import grading
from course_utils.errors import CourseError, UsageError
from course_utils.grading import ClassGrades, Graded
from tests.exercises.classroom import environment
from tests.grading.ordinary import answered, api, copied, generate, hand_in, pristine

__all__ = ["pristine"]
WRONG = {"solve": "def double(number):\n    return 0"}


@pytest.fixture(scope="module")
def graded(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = copied(pristine, tmp_path_factory.mktemp("graded") / "course")
    hand_in(course, "ada")
    hand_in(course, "bob", answered(course, WRONG))
    assert found(run(course)) == {"ada": ("graded", 5), "bob": ("graded", 3)}
    return course


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Path:
    """The course after a first run over Ada (5 points) and Bob (3 points)."""
    return copied(graded, tmp_path / "course")


def run(course: Path, **options: Any) -> ClassGrades:
    # What is tested here is not the sandbox, and without it a run begins sooner.
    return grading.grade(course, "hw", **{"sandbox": "off", **options})


def found(grades: ClassGrades) -> dict[str, tuple[str, float | None]]:
    return {result.student: (str(result.status), result.score) for result in grades.results}


def of(grades: ClassGrades, student: str) -> Graded:
    return next(result for result in grades.results if result.student == student)


def book(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}", "ordinary")


def test_only_what_changed_is_graded_again(course: Path) -> None:
    assert found(run(course)) == {"ada": ("unchanged", 5), "bob": ("unchanged", 3)}
    hand_in(course, "bob")
    assert found(run(course)) == {"ada": ("unchanged", 5), "bob": ("graded", 5)}
    assert found(run(course, student="ada", force=True)) == {"ada": ("graded", 5)}
    (course / "submitted" / "ada" / "hw" / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC")
    assert found(run(course)) == {"ada": ("graded", 5), "bob": ("unchanged", 5)}


def test_an_exercise_or_a_file_or_a_date_that_changes_grades_all_again(course: Path) -> None:
    (course / "source" / "hw" / "data.csv").write_text("1,2\n3,4\n5,6\n")
    assert found(run(course)) == {"ada": ("graded", 5), "bob": ("graded", 3)}
    path = course / "source" / "hw" / "hw.ipynb"
    path.write_text(path.read_text().replace("double(5) == 10", "double(5) == 11"))
    generate(course, "hw")
    assert found(run(course)) == {"ada": ("graded", 3), "bob": ("graded", 3)}
    api(course).gradebook.update_or_create_assignment("hw", duedate="2020-01-01 10:00:00 UTC")
    assert {status for status, _ in found(run(course)).values()} == {"graded"}


def test_a_resubmission_of_rubbish_keeps_the_old_grade_in_sight(course: Path) -> None:
    hand_in(course, "ada", b"<html>oops</html>")
    grades = run(course)
    ada = of(grades, "ada")
    assert (ada.status, ada.score, ada.before) == ("ungradable", None, 5)
    assert "5 points from before stand until a person decides" in grades.lines()[0]
    assert grades.needs_a_person
    with book(course) as rows:
        notebook = rows.find_submission_notebook("hw", "hw", "ada")
        assert (notebook.score, notebook.needs_manual_grade) == (5, True)
    table = grades.reports[1].read_text(encoding="utf-8-sig")
    assert "ada,hw,,10,5,ungradable" in table
    again = of(run(course), "ada")
    assert (again.status, again.before) == ("ungradable", 5), "it is said in every run until somebody acts"
    with book(course) as rows:
        for grade in rows.find_submission_notebook("hw", "hw", "ada").grades:
            grade.needs_manual_grade = False
        rows.db.commit()
    assert of(run(course), "ada").status == "unchanged", "a person has decided"
    hand_in(course, "ada")
    assert found(run(course))["ada"] == ("graded", 5)


def test_a_folder_that_was_emptied_is_asked_about(course: Path) -> None:
    (course / "submitted" / "ada" / "hw" / "hw.ipynb").unlink()
    ada = of(run(course), "ada")
    assert (ada.status, ada.before) == ("ungradable", 5)
    assert "empty" in ada.reason


def test_tests_deleted_on_a_resubmission_do_not_keep_the_old_score(course: Path) -> None:
    worse = answered(course, WRONG)
    worse["cells"] = [cell for cell in worse["cells"] if cell["id"] != "test"]
    hand_in(course, "ada", worse)
    assert found(run(course))["ada"] == ("graded", 3)


def test_a_crash_on_a_resubmission_lowers_the_grade_to_what_was_earned(course: Path) -> None:
    hand_in(course, "ada", answered(course, {"solve": "import os\nos._exit(0)"}))
    ada = of(run(course), "ada")
    assert (ada.status, ada.score, ada.before) == ("partial", 0, 5)


def test_marks_by_hand_and_comments_survive_and_unchanged_shows_them(course: Path) -> None:
    with book(course) as rows:
        grade = rows.find_grade("essay", "hw", "hw", "ada")
        grade.manual_score, grade.needs_manual_grade = 3.5, False
        rows.find_comment("essay", "hw", "hw", "ada").manual_comment = "fine"
        rows.db.commit()
    assert found(run(course))["ada"] == ("unchanged", 8.5)
    assert found(run(course, force=True))["ada"] == ("graded", 8.5)
    with book(course) as rows:
        assert rows.find_comment("essay", "hw", "hw", "ada").manual_comment == "fine"


def test_without_the_gradebook_or_with_another_everything_is_graded_again(course: Path) -> None:
    (course / "gradebook.db").unlink()
    with pytest.raises(CourseError, match="generate_assignment"):
        run(course)
    generate(course, "hw")
    assert found(run(course)) == {"ada": ("graded", 5), "bob": ("graded", 3)}


def test_scores_that_something_else_changed_are_put_right(course: Path) -> None:
    with sqlite3.connect(course / "gradebook.db") as database:
        database.execute("UPDATE grade SET auto_score = 1 WHERE auto_score = 2")
    assert found(run(course)) == {"ada": ("graded", 5), "bob": ("unchanged", 3)}
    shutil.rmtree(course / "autograded" / "bob")
    assert found(run(course)) == {"ada": ("unchanged", 5), "bob": ("graded", 3)}


def test_a_damaged_memory_of_earlier_runs_costs_a_grading_and_no_more(course: Path) -> None:
    (course / "course-grade.db").write_bytes(b"rubbish" * 1000)
    assert found(run(course)) == {"ada": ("graded", 5), "bob": ("graded", 3)}
    assert (course / "course-grade.db").stat().st_mode & 0o777 == 0o600


def test_a_grade_from_a_weaker_sandbox_does_not_count_where_the_best_is_required(course: Path) -> None:
    grades = run(course, sandbox="require")
    assert {(str(result.status), result.sandbox) for result in grades.results} == {("graded", "bubblewrap")}
    assert {str(result.status) for result in run(course, sandbox="require").results} == {"unchanged"}


def test_what_stops_a_whole_run_is_one_sentence(course: Path, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="no submissions for hw2"):
        grading.grade(course, "hw2")
    (course / "submitted" / "ada" / "hw2").mkdir()
    with pytest.raises(
        UsageError, match=r"no assignment 'hw2'.*: hw\. Run `nbgrader generate_assignment hw2`"
    ):
        grading.grade(course, "hw2", sandbox="off")
    with pytest.raises(UsageError, match="no submission of 'eve'"):
        run(course, student="eve")
    with pytest.raises(UsageError, match="--jobs is a number from 1"):
        run(course, jobs=0)
    with pytest.raises(CourseError, match="is no nbgrader course"):
        grading.grade(tmp_path, "hw")
    with pytest.raises(CourseError, match="is not a folder"):
        grading.grade(tmp_path / "nowhere", "hw")
    (course / "nbgrader_config.py").write_text("c = get_config(")
    with pytest.raises(CourseError, match=r"nbgrader_config\.py cannot be read: SyntaxError"):
        run(course)


def test_the_command_line_says_it_in_json_and_in_its_exit_status(course: Path) -> None:
    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        program = [Path(sys.executable).parent / "course", "grade", "hw", "--course-dir", course]
        return subprocess.run(
            [*program, *arguments], env=environment(course.parent), capture_output=True, text=True
        )

    done = command("--json", "--sandbox", "off")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    keys = {"student", "notebook", "score", "max_score", "status", "sandbox", "seconds", "reason"}
    assert all(keys <= set(line) for line in lines)
    assert [(line["student"], line["status"]) for line in lines] == [
        ("ada", "unchanged"),
        ("bob", "unchanged"),
    ]
    assert done.stderr.startswith("Sandbox: off")
    hand_in(course, "bob", b"")
    done = command("--sandbox", "off")
    assert done.returncode == 1
    assert "bob: ungradable; 3 points from before stand until a person decides: it is empty" in done.stdout
    assert "look at those" in done.stderr
