"""The gradebook: one transaction a submission, nothing of a person's is lost, and its troubles are said with a cure."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from course_utils.errors import CourseError
from course_utils.grading import gradebook as module
from course_utils.grading.gradebook import ClassGradebook, Marks

WHOLE = Marks("hw", {"test": 2.0, "essay": None}, {"answer": None, "essay": None})


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A gradebook with one assignment of two notebooks, made by nbgrader."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with Gradebook(f"sqlite:///{path}", "course") as book:
        book.add_assignment("ps1", duedate=datetime.datetime(2026, 1, 10))
        for notebook in ("hw", "more"):
            book.add_notebook(notebook, "ps1")
            book.add_solution_cell("answer", notebook, "ps1")
            book.add_grade_cell("test", notebook, "ps1", max_score=2, cell_type="code")
            book.add_grade_cell("essay", notebook, "ps1", max_score=3, cell_type="markdown")
            book.add_solution_cell("essay", notebook, "ps1")
            book.add_task_cell("task", notebook, "ps1", max_score=1, cell_type="markdown")
    return path.read_bytes()


@pytest.fixture
def directory(tmp_path: Path, pristine: bytes) -> CourseDirectory:
    (tmp_path / "gradebook.db").write_bytes(pristine)
    return CourseDirectory(root=str(tmp_path), course_id="course")


@pytest.fixture
def book(directory: CourseDirectory) -> Iterator[ClassGradebook]:
    with ClassGradebook(directory) as opened:
        opened.load("ps1")
        yield opened


def reading(directory: CourseDirectory) -> Gradebook:
    return Gradebook(directory.db_url, "course")


def test_every_row_that_nbgrader_makes_is_made(book: ClassGradebook, directory: CourseDirectory) -> None:
    when = datetime.datetime(2026, 1, 9, 12)
    standing = book.write("ada", when, [WHOLE, Marks("more", state="missing")])
    assert (standing["hw"].score, standing["hw"].open, standing["more"].score) == (2, True, 0)
    with reading(directory) as rows:
        submission = rows.find_submission("ps1", "ada")
        assert submission.timestamp == when
        assert submission.score == 2
        hw, more = (
            submission.notebooks if submission.notebooks[0].name == "hw" else submission.notebooks[::-1]
        )
        grades = {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in hw.grades}
        assert grades == {"test": (2, False), "essay": (None, True), "task": (None, True)}
        assert {grade.auto_score for grade in more.grades} == {0}
        assert not more.needs_manual_grade
        assert len(hw.comments) == 3


def test_what_a_person_entered_survives_and_is_looked_at_again(
    book: ClassGradebook, directory: CourseDirectory
) -> None:
    book.write("ada", None, [WHOLE])
    with reading(directory) as rows:
        grade = rows.find_grade("essay", "hw", "ps1", "ada")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 2.5, 0.5, False
        rows.find_comment("essay", "hw", "ps1", "ada").manual_comment = "well argued"
        rows.db.commit()
    standing = book.write("ada", None, [WHOLE])
    assert standing["hw"].score == 5
    with reading(directory) as rows:
        grade = rows.find_grade("essay", "hw", "ps1", "ada")
        assert (grade.manual_score, grade.extra_credit, grade.needs_manual_grade) == (2.5, 0.5, True)
        assert rows.find_comment("essay", "hw", "ps1", "ada").comment == "well argued"
        assert len(rows.find_submission("ps1", "ada").notebooks) == 2


def test_what_cannot_be_graded_keeps_its_grade_and_says_that_it_does(
    book: ClassGradebook, directory: CourseDirectory
) -> None:
    before = book.write(
        "ada", None, [Marks("hw", {"test": 2.0, "essay": 0.0}), Marks("more", state="missing")]
    )
    assert not before["more"].open
    after = book.write("ada", None, [Marks("hw", state="ungradable")])
    assert (after["hw"].score, after["hw"].open) == (2, True)
    with reading(directory) as rows:
        assert all(
            grade.needs_manual_grade for grade in rows.find_submission_notebook("hw", "ps1", "ada").grades
        )


def test_a_penalty_is_what_the_courses_plugin_says_within_the_score(directory: CourseDirectory) -> None:
    class Half:
        def late_submission_penalty(self, student: str, score: float, late: float) -> float:
            return {"ada": score / 2, "bob": 99.0, "eve": -5.0}[student]

    with ClassGradebook(directory, Half()) as book:
        book.load("ps1")
        late, early = datetime.datetime(2026, 1, 11), datetime.datetime(2026, 1, 9)
        found = {who: book.write(who, late, [WHOLE])["hw"].penalty for who in ("ada", "bob", "eve")}
        assert found == {"ada": 1, "bob": 2, "eve": 0}
        assert book.write("ada", early, [WHOLE])["hw"].penalty == 0


def test_standings_are_what_was_written(book: ClassGradebook) -> None:
    written = book.write("ada", None, [WHOLE, Marks("more", state="missing")])
    assert book.standings() == {("ada", name): standing for name, standing in written.items()}


def test_nothing_of_a_submission_is_written_when_the_writing_breaks(
    book: ClassGradebook, directory: CourseDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Any, *arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ClassGradebook, "_write_comments", broken)
    with pytest.raises(KeyboardInterrupt):
        book.write("ada", None, [WHOLE])
    monkeypatch.undo()
    assert book.standings() == {}
    with reading(directory) as rows:
        assert rows.students == []


def test_a_gradebook_that_another_program_holds_is_waited_for(
    book: ClassGradebook, directory: CourseDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = sqlite3.connect(book.path, isolation_level=None)
    holder.execute("PRAGMA busy_timeout = 0")
    holder.execute("BEGIN EXCLUSIVE")
    with book.book.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 10")
    monkeypatch.setattr(
        module.time, "sleep", lambda seconds: holder.in_transaction and holder.execute("COMMIT")
    )
    assert book.write("ada", None, [WHOLE])["hw"].score == 2
    holder.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    with pytest.raises(CourseError, match="locked by another program: close it"):
        book.write("ada", None, [WHOLE])
    holder.close()


def test_a_gradebook_that_vanishes_is_noticed(book: ClassGradebook) -> None:
    book.path.rename(book.path.with_name("elsewhere"))
    with pytest.raises(CourseError, match="moved or deleted"):
        book.write("ada", None, [WHOLE])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "no gradebook at .*generate_assignment"),
        (b"<html>", "no gradebook, or it is damaged"),
        (b"SQLite format 3\x00" + b"rubbish" * 1000, "put back your last copy"),
    ],
)
def test_a_gradebook_that_cannot_be_used_is_one_sentence(
    directory: CourseDirectory, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    (tmp_path / "gradebook.db").unlink()
    if content is not None:
        (tmp_path / "gradebook.db").write_bytes(content)
    with pytest.raises(CourseError, match=sentence), ClassGradebook(directory):
        pass


def test_an_old_gradebook_is_to_be_upgraded(directory: CourseDirectory, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "gradebook.db") as database:
        database.execute("ALTER TABLE grade DROP COLUMN extra_credit")
    with ClassGradebook(directory) as book:
        book.load("ps1")
        with pytest.raises(CourseError, match="nbgrader db upgrade"):
            book.standings()
