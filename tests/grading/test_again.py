"""Grading again: marks and comments of people survive it, one check alone can be done, and feedback follows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook

from course_utils import grading
from course_utils.errors import UsageError
from tests.grading.ordinary import answered, copied, generate, hand_in, pristine

__all__ = ["pristine"]


@pytest.fixture
def course(pristine: Path, tmp_path: Path) -> Path:
    """A class of three: Ada is right, Bob has half of the second answer, Eve has handed in rubbish."""
    course = copied(pristine, tmp_path / "course")
    hand_in(course, "ada")
    hand_in(course, "bob", answered(course, {"quarter": "parts = 2"}))
    hand_in(course, "eve", b"rubbish")
    return course


def book(course: Path) -> Any:
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}", "ordinary")


def scores(course: Path, student: str) -> dict[str, float | None]:
    with book(course) as gradebook:
        return {
            grade.name: grade.auto_score
            for grade in gradebook.find_submission("hw", student).notebooks[0].grades
        }


def mark(course: Path, student: str) -> None:
    """What a person does in formgrader: points for the essay and the task, extra credit, a comment."""
    with book(course) as gradebook:
        essay = gradebook.find_grade("essay", "hw", "hw", student)
        essay.manual_score, essay.extra_credit, essay.needs_manual_grade = 3, 1, False
        gradebook.find_grade("task", "hw", "hw", student).manual_score = 1
        gradebook.find_comment("essay", "hw", "hw", student).manual_comment = "Well **said**."
        gradebook.db.commit()


def test_marks_and_comments_of_a_person_survive_every_regrade(course: Path) -> None:
    grading.grade(course, "hw", sandbox="off")
    mark(course, "ada")
    again = grading.grade(course, "hw", "ada", sandbox="off", force=True)
    assert again.results[0].score == 5 + 3 + 1 + 1
    hand_in(course, "ada", answered(course, {"quarter": "parts = 2"}))
    resubmitted = grading.grade(course, "hw", "ada", sandbox="off")
    assert resubmitted.results[0].score == 3.5 + 3 + 1 + 1
    with book(course) as gradebook:
        essay = gradebook.find_grade("essay", "hw", "hw", "ada")
        assert (essay.manual_score, essay.extra_credit, essay.needs_manual_grade) == (3, 1, True)
        assert gradebook.find_comment("essay", "hw", "hw", "ada").comment == "Well **said**."
    (page,) = [page for page in grading.feedback(course, "hw").pages if "ada" in page.parts]
    text = " ".join(BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").get_text(" ").split())
    assert "8.5 of 10 points" in text
    assert "Well said ." in text
    assert "Extra credit: 1." in text


def test_one_test_is_graded_again_over_the_class_and_nothing_else_is_touched(course: Path) -> None:
    grading.grade(course, "hw", sandbox="off")
    mark(course, "bob")
    with book(course) as gradebook:
        gradebook.find_grade("test", "hw", "hw", "bob").auto_score = 1.25
        gradebook.db.commit()
    path = course / "autograded" / "bob" / "hw" / "hw.ipynb"
    before = {cell["id"]: cell for cell in json.loads(path.read_text())["cells"]}
    source = course / "source" / "hw" / "hw.ipynb"
    source.write_text(source.read_text().replace("len(rows) * 3 / 2 * parts / 4", "3.0 * (parts >= 2)"))
    generate(course, "hw")
    results = {
        result.student: result for result in grading.grade(course, "hw", sandbox="off", check="part").results
    }
    assert scores(course, "bob") == {"test": 1.25, "part": 3, "essay": None, "task": None}
    assert results["bob"].score == 1.25 + 3 + 4 + 1
    assert scores(course, "ada")["part"] == 3
    after = {cell["id"]: cell for cell in json.loads(path.read_text())["cells"]}
    assert {name for name in after if after[name] != before[name]} == {"part"}
    assert after["part"]["outputs"][0]["data"]["text/plain"] == ["3.0"]
    grading.grade(course, "hw", sandbox="off")
    assert scores(course, "bob")["test"] == 2


def test_a_check_that_is_not_there_is_answered_with_those_that_are(course: Path) -> None:
    with pytest.raises(UsageError, match=r"no check and no test called 'week1\.predict'; it has: test, part"):
        grading.grade(course, "hw", sandbox="off", check="week1.predict")
    assert not list((course / "autograded").glob("*/*"))


def test_feedback_of_an_ordinary_course_lies_where_nbgrader_puts_it(course: Path) -> None:
    grading.grade(course, "hw", sandbox="off")
    written = grading.feedback(course, "hw")
    assert {page.relative_to(course).as_posix() for page in written.pages} == {
        f"feedback/{student}/hw/hw.html" for student in ("ada", "bob", "eve")
    }
    ada, bob, eve = (
        " ".join(BeautifulSoup(page.read_text(), "html.parser").get_text(" ").split())
        for page in written.pages
    )
    assert "5 of 10 points" in ada
    assert "not marked yet essay 0 of 4" in ada
    assert "partly part 1.5 of 3" in bob
    assert "What you handed in could not be graded." in eve
    assert written.overview == course / "reports" / "hw-class.html"
    # nbgrader's own release copies a page with its permissions, so here the folder is what is closed.
    assert {page.stat().st_mode & 0o777 for page in written.pages} == {0o644}
    assert (course / "feedback" / "ada").stat().st_mode & 0o777 == 0o700
    assert grading.export(course, "moodle") == course / "grades-moodle.csv"


def test_what_was_graded_before_is_said_when_a_resubmission_cannot_be_graded(course: Path) -> None:
    grading.grade(course, "hw", sandbox="off")
    hand_in(course, "ada", b"rubbish")
    grading.grade(course, "hw", sandbox="off")
    page = next(page for page in grading.feedback(course, "hw").pages if "ada" in page.parts)
    text = " ".join(BeautifulSoup(page.read_text(), "html.parser").get_text(" ").split())
    assert (
        "could not be graded. The points are those of an earlier submission, until a person decides." in text
    )
    assert "hw of ada" in grading.waiting(course)
