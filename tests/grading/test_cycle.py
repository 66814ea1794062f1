"""A class from release to marks, with the course's functions and with nbgrader's own commands."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from course_utils import grading
from course_utils.checks.secret import class_secret, secret_path
from course_utils.errors import CourseError, UsageError
from tests.exercises.classroom import hand_in, make_course, nbgrader, wrong_answers
from tests.grading.classroom import answer, make_light_course, zipped

RIGHT = "def double(number):\n    return 2 * number"
ONLY_VISIBLE = "def double(number):\n    return 4"


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("COURSE_CLASS_SECRET", raising=False)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return make_light_course(tmp_path / "course")


def marks(path: Path) -> dict[str, float]:
    with path.open(encoding="utf-8") as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def test_a_class_from_release_to_marks(course: Path, tmp_path: Path) -> None:
    assert "new class secret" in grading.class_new(course)
    grading.release(course)
    inbox = tmp_path / "inbox"
    for student, solution in {"ada": RIGHT, "bob": ONLY_VISIBLE, "eve": "import os\nos._exit(1)"}.items():
        zipped(inbox / f"hello-{student}.zip", {"hello.ipynb": answer(course, solution)})
    assert len(list(grading.collect(course, inbox))) == 3

    grades = grading.grade(course, "hello")
    results = {result.student: result for result in grades.results}
    assert (results["ada"].score, results["ada"].max_score, results["ada"].status) == (2, 2, "graded")
    assert (results["bob"].score, results["bob"].status) == (0, "graded")
    assert (results["eve"].score, results["eve"].status) == (0, "partial")
    assert "solve" in results["eve"].reason
    assert json.dumps(results["ada"].as_dict())
    assert grades.lines()[0].startswith("ada: 2 of 2 points")
    assert grades.needs_a_person
    assert [path.name for path in grades.reports] == ["hello.html", "hello.csv"]

    pages = grading.feedback(course, "hello").pages
    assert {page.parts[-3] for page in pages} >= {"ada", "bob"}
    path = grading.export(course)
    assert marks(path)["ada"] == 2
    with pytest.raises(CourseError, match="still holds a class"):
        grading.class_new(course)


def test_a_resubmission_is_graded_again(course: Path, tmp_path: Path) -> None:
    grading.class_new(course)
    grading.release(course)
    for moment, solution, score in ((1_700_000_000, ONLY_VISIBLE, 0), (1_700_009_000, RIGHT, 2)):
        path = zipped(tmp_path / "inbox" / "hello-ada.zip", {"hello.ipynb": answer(course, solution)})
        os.utime(path, (moment, moment))
        list(grading.collect(course, path.parent))
        (result,) = grading.grade(course, "hello", "ada").results
        assert (result.score, result.status) == (score, "graded")


def test_grading_stops_before_anybody_is_graded_for_want_of_something(course: Path) -> None:
    grading.release(course)
    with pytest.raises(CourseError, match="run `course collect INBOX` first"):
        grading.grade(course, "hello")
    with pytest.raises(UsageError, match="no assignment 'week9'"):
        grading.grade(course, "week9")
    folder = course / "class" / "submitted" / "ada" / "hello"
    folder.mkdir(parents=True)
    (folder / "hello.ipynb").write_bytes(answer(course, RIGHT))
    with pytest.raises(UsageError, match="no submission of 'bob'"):
        grading.grade(course, "hello", "bob")
    notebook = course / "exercises" / "hello" / "hello.ipynb"
    notebook.write_text(notebook.read_text().replace("# Hello", "# Goodbye"))
    with pytest.raises(CourseError, match="run `course release`"):
        grading.grade(course, "hello")
    assert not list((course / "class" / "autograded").glob("*/*"))


def test_a_class_secret_is_asked_for_where_a_check_has_hidden_inputs(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    hand_in(course, wrong_answers()[0])
    with pytest.raises(CourseError, match="run `course class new`"):
        grading.grade(course, "week1")


def test_nbgrader_itself_stops_without_a_class_secret(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    nbgrader(course, "generate_assignment", "week1", "--force")
    hand_in(course, wrong_answers()[0])
    done = nbgrader(course, "autograde", "week1", check=False, COURSE_CLASS_SECRET="")
    assert done.returncode != 0
    assert "run `course class new`" in done.stderr
    assert not (course / "class" / "autograded").exists()


def test_the_class_secret_lies_outside_the_repository_for_its_owner_alone(course: Path) -> None:
    grading.class_new(course)
    path = secret_path()
    assert not path.is_relative_to(course)
    assert path.stat().st_mode & 0o777 == 0o600
    first = class_secret()
    assert len(first) == 64
    assert "kept as class-secret." in grading.class_new(course)
    assert class_secret() != first
    assert first in {file.read_text().strip() for file in path.parent.iterdir()}


def test_nbgrader_s_exchange_carries_an_assignment_there_and_back(course: Path, tmp_path: Path) -> None:
    exchange, student = tmp_path / "exchange", tmp_path / "student"
    exchange.mkdir()
    exchange.chmod(0o777)
    student.mkdir()
    places = [f"--Exchange.root={exchange}", f"--Exchange.cache={tmp_path / 'cache'}"]
    course_id = "--course=machine-learning"

    def as_student(*arguments: str) -> Any:
        return nbgrader(student, *arguments, course_id, *places)

    nbgrader(course, "generate_assignment", "hello", "--force")
    nbgrader(course, "release_assignment", "hello", *places)
    as_student("fetch_assignment", "hello")
    assert [path.name for path in (student / "hello").rglob("*") if path.is_file()] == ["hello.ipynb"]
    (student / "hello" / "hello.ipynb").write_bytes(answer(course, RIGHT))
    as_student("submit", "hello")
    nbgrader(course, "collect", "hello", *places)
    nbgrader(course, "autograde", "hello")
    nbgrader(course, "generate_feedback", "hello")
    nbgrader(course, "release_feedback", "hello", *places)
    as_student("fetch_feedback", "hello")
    assert list((student / "hello" / "feedback").rglob("hello.html"))
    nbgrader(course, "export", "--to", str(tmp_path / "grades.csv"))
    assert list(marks(tmp_path / "grades.csv").values()) == [2]
