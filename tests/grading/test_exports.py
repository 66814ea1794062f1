"""Marks go out as the platforms import them; no cell becomes a formula, nobody else can read the file."""

from __future__ import annotations

import csv
import stat
from pathlib import Path

import nbgrader.plugins
import pytest
from nbgrader.apps import ExportApp

from course_utils.errors import CourseError, UsageError
from course_utils.grading import export, roster, waiting
from course_utils.grading.exports import CanvasExportPlugin, CsvExportPlugin, MoodleExportPlugin
from tests.grading.classroom import make_light_course, open_book
from tests.grading.hall import enter, hand_in

ALL = {"test": 2.0, "checked": 5.0, "essay": 4.0}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    course = make_light_course(tmp_path / "course")
    enter(course)
    hand_in(course, "ada", ALL, first_name="Ada", last_name="Lovelace, Countess", lms_user_id="4711")
    hand_in(
        course,
        "bob",
        ALL | {"checked": 1 / 3},
        hours_late=30,
        penalty=0.5,
        first_name="Björn",
        email="b@x.org",
    )
    with open_book(course) as book:
        book.update_or_create_student(
            "eve", first_name="=HYPERLINK(1)", last_name="@SUM(A1)", email="-1@x.org"
        )
    return course


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_canvas_gets_its_own_columns_and_the_row_of_points(course: Path) -> None:
    path = export(course, "canvas")
    assert path == course / "class" / "grades-canvas.csv"
    head, points, *students = rows(path)
    assert [head, points, *sorted(students, key=lambda row: row[3])] == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "hello"],
        ["    Points Possible", "", "", "", "", "11.0"],
        ["Lovelace, Countess, Ada", "4711", "", "ada", "", "11.0"],
        ["Björn", "", "", "bob", "", "5.8333"],
        ["'@SUM(A1), =HYPERLINK(1)", "", "", "eve", "", ""],
    ]


def test_moodle_gets_id_numbers_and_addresses(course: Path) -> None:
    head, *students = rows(export(course, "moodle"))
    assert [head, *sorted(students, key=lambda row: row[2])][:3] == [
        ["First name", "Surname", "ID number", "Email address", "hello"],
        ["Ada", "Lovelace, Countess", "ada", "", "11.0"],
        ["Björn", "", "bob", "b@x.org", "5.8333"],
    ]


def test_plain_csv_has_nbgrader_s_columns_and_quotes_commas(course: Path, tmp_path: Path) -> None:
    path = export(course, "csv", tmp_path / "out" / "marks.csv")
    with path.open(encoding="utf-8", newline="") as file:
        found = {row["student_id"]: row for row in csv.DictReader(file)}
    theirs = tmp_path / "theirs.csv"
    with open_book(course) as book:
        nbgrader.plugins.CsvExportPlugin(to=str(theirs)).export(book)
    assert path.read_text().splitlines()[0] == theirs.read_text().splitlines()[0]
    assert (found["ada"]["last_name"], found["ada"]["score"]) == ("Lovelace, Countess", "11.0")
    assert (found["bob"]["raw_score"], found["bob"]["late_submission_penalty"]) == ("6.3333", "0.5")
    assert (found["eve"]["score"], found["eve"]["timestamp"], found["eve"]["max_score"]) == (
        "0.0",
        "",
        "11.0",
    )


@pytest.mark.parametrize("to", ["csv", "canvas", "moodle"])
def test_no_cell_is_taken_for_a_formula_and_nobody_else_reads_the_file(course: Path, to: str) -> None:
    path = export(course, to)
    assert [
        cell for row in rows(path) for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    ] == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nbgrader_s_export_takes_the_plugins_and_their_settings(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "canvas.csv"
    monkeypatch.chdir(course)
    app = ExportApp()
    app.initialize(
        [
            "--exporter=course_utils.grading.exports.CanvasExportPlugin",
            f"--to={out}",
            "--student=['ada']",
            "--CanvasExportPlugin.assignment_ids={'hello': '42'}",
            "--CanvasExportPlugin.section=A",
        ]
    )
    app.start()
    assert rows(out)[0][-1] == "hello (42)"
    assert [row[3] for row in rows(out)[2:]] == ["ada"]
    assert rows(out)[2][4] == "A"


def test_a_moodle_column_can_have_the_name_of_its_grade_item(course: Path, tmp_path: Path) -> None:
    plugin = MoodleExportPlugin(to=str(tmp_path / "m.csv"), columns={"hello": "Assignment: hello (Real)"})
    with open_book(course) as book:
        plugin.export(book)
    assert rows(tmp_path / "m.csv")[0][-1] == "Assignment: hello (Real)"


def test_assignments_can_be_chosen(course: Path, tmp_path: Path) -> None:
    with open_book(course) as book:
        book.add_assignment("other")
        CanvasExportPlugin(to=str(tmp_path / "c.csv"), assignment=["other"]).export(book)
        CsvExportPlugin(to=str(tmp_path / "m.csv"), assignment=["other"]).export(book)
    assert rows(tmp_path / "c.csv")[0][5:] == ["other"]
    assert {row[0] for row in rows(tmp_path / "m.csv")[1:]} == {"other"}


def test_those_who_left_are_left_out_unless_asked_for(course: Path, tmp_path: Path) -> None:
    table = tmp_path / "roster.csv"
    for names in ("id\nada\nbob\neve\n", "id\nada\n"):
        table.write_text(names)
        roster.take(course, table)
    assert [row[3] for row in rows(export(course, "canvas"))[2:]] == ["ada"]
    with open_book(course) as book:
        CanvasExportPlugin(to=str(tmp_path / "c.csv"), with_left=True).export(book)
        CanvasExportPlugin(to=str(tmp_path / "b.csv"), student=["bob"]).export(book)
    assert len(rows(tmp_path / "c.csv")) == 5
    assert [row[3] for row in rows(tmp_path / "b.csv")[2:]] == ["bob"]


def test_marks_that_wait_for_a_person_are_named(course: Path) -> None:
    assert waiting(course) == []
    hand_in(course, "bob", ALL | {"essay": None})
    assert waiting(course) == ["hello of bob"]


def test_an_unknown_format_and_a_missing_gradebook_are_said(course: Path) -> None:
    with pytest.raises(UsageError, match="the formats are csv, canvas, moodle"):
        export(course, "excel")
    (course / "class" / "gradebook.db").unlink()
    with pytest.raises(CourseError, match="There is no gradebook at"):
        export(course)
