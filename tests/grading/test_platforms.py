"""What Moodle and Canvas give for "download all submissions" is collected, each file for the right student."""

from __future__ import annotations

import datetime
import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from course_utils.errors import CourseError
from course_utils.grading import collect, roster
from course_utils.grading.intake.platforms import Sender, attempt, sender
from tests.grading.classroom import make_light_course, open_book, zipped

ROSTER = (
    "student_id,first_name,last_name,lms_user_id\n"
    "ada,Ada,Lovelace,4711\nbob,Björn-Ole,Müller,4712\nliu1,Wei,Liu,\nliu2,Wei,Liu,\nmay,May,Day,\n"
)
DUE = datetime.datetime(2026, 9, 14, 12, 0, tzinfo=datetime.UTC)


def notebook(word: str = "x") -> str:
    return json.dumps({"cells": [{"cell_type": "markdown", "source": word}], "metadata": {}, "nbformat": 4})


def packed(student: str, word: str = "x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("hello.ipynb", notebook(word))
        archive.writestr("submission.json", json.dumps({"assignment": "hello", "student": student}))
    return buffer.getvalue()


@pytest.fixture
def course(tmp_path: Path) -> Path:
    course = make_light_course(tmp_path / "course")
    file = tmp_path / "roster.csv"
    file.write_text(ROSTER, encoding="utf-8")
    with open_book(course):
        roster.take(course, file)
    return course


def gather(course: Path, inbox: Path) -> tuple[list[str], str]:
    lines: list[str] = []
    try:
        lines.extend(collect(course, inbox))
    except CourseError as error:
        return lines, str(error)
    return lines, ""


def words(course: Path) -> dict[str, str]:
    """What each student's submission holds."""
    found = (course / "class" / "submitted").glob("*/hello/hello.ipynb")
    return {path.parts[-3]: json.loads(path.read_text())["cells"][0]["source"] for path in found}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (
            "Ada Lovelace_12345_assignsubmission_file_/week1.ipynb",
            Sender("Moodle", "Ada Lovelace", "12345", "week1.ipynb"),
        ),
        (
            "Ada Lovelace_12345_assignsubmission_file_week1.ipynb",
            Sender("Moodle", "Ada Lovelace", "12345", "week1.ipynb"),
        ),
        (
            "lovelaceada_12345_678901_week1.ipynb",
            Sender("Canvas", "lovelaceada", "12345", "week1.ipynb", False),
        ),
        (
            "lovelaceada_LATE_12345_678901_week1-1.ipynb",
            Sender("Canvas", "lovelaceada", "12345", "week1-1.ipynb", True),
        ),
        # What a student calls a file cannot speak for another student.
        (
            "Eve_1_assignsubmission_file_Ada Lovelace_2_assignsubmission_file_w.ipynb",
            Sender("Moodle", "Eve", "1", "Ada Lovelace_2_assignsubmission_file_w.ipynb"),
        ),
        ("evee_1_2_lovelaceada_3_4_w.ipynb", Sender("Canvas", "evee", "1", "lovelaceada_3_4_w.ipynb", False)),
        ("Ada Lovelace_12345_assignsubmission_onlinetext_/onlinetext.html", None),
        ("Ada Lovelace_1_assignsubmission_file_/../../x.ipynb", None),
        ("week1-ada.zip", None),
        ("notes.txt", None),
    ],
)
def test_the_platform_s_part_of_a_name_says_whose_a_file_is(path: str, found: Sender | None) -> None:
    assert sender(path) == found


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("week1.ipynb", ("week1", 0)),
        ("week1-2.ipynb", ("week1", 2)),
        ("week1 (3).ipynb", ("week1", 3)),
        ("my-week-1b.ipynb", ("my-week-1b", 0)),
    ],
)
def test_a_name_says_which_attempt_it_is(file: str, found: tuple[str, int]) -> None:
    assert attempt(file) == found


@pytest.mark.parametrize("form", ["_assignsubmission_file_/", "_assignsubmission_file_"])
def test_a_download_from_moodle_is_collected(course: Path, tmp_path: Path, form: str) -> None:
    files: dict[str, bytes | str] = {
        f"Ada Lovelace_900{form}hello.ipynb": notebook("ada"),
        f"Björn-Ole Müller_901{form}hello (1).ipynb": notebook("bob"),
        f"Group A-May Day_902{form}hello-may.zip": packed("may", "may"),
        f"Ada Lovelace_900{form}notes.pdf": "x",
        "Ada Lovelace_900_assignsubmission_onlinetext_/onlinetext.html": "<script>",
    }
    path = zipped(tmp_path / "CS-Hello-900.zip", files)
    lines, error = gather(course, path)
    assert error == ""
    assert words(course) == {"ada": "ada", "bob": "bob", "may": "may"}
    assert len(lines) == 3
    assert path.exists()


def test_a_download_from_canvas_is_collected_by_the_user_s_number(course: Path, tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "countessada_4711_11_hello.ipynb": notebook("first"),
        "countessada_4711_12_hello-2.ipynb": notebook("third"),
        "countessada_4711_13_hello-1.ipynb": notebook("second"),
        "müllerbjörnole_LATE_4712_14_hello.ipynb": notebook("bob"),
        "daymay_9_15_hello-may.zip": packed("may", "may"),
    }
    lines, error = gather(course, zipped(tmp_path / "submissions.zip", files))
    assert error == ""
    assert words(course) == {"ada": "third", "bob": "bob", "may": "may"}
    kept = (course / "class" / "earlier" / "ada" / "hello").glob("*/hello.ipynb")
    assert {json.loads(path.read_text())["cells"][0]["source"] for path in kept} == {"first", "second"}
    assert len(lines) == 5


def test_a_download_collected_twice_changes_nothing(course: Path, tmp_path: Path) -> None:
    path = zipped(tmp_path / "submissions.zip", {"lovelaceada_4711_11_hello.ipynb": notebook("ada")})
    gather(course, path)
    before = (course / "class" / "submitted" / "ada" / "hello" / "timestamp.txt").read_text()
    os.utime(path)
    (line,), _ = gather(course, path)
    assert "is there already" in line
    assert (course / "class" / "submitted" / "ada" / "hello" / "timestamp.txt").read_text() == before
    assert not (course / "class" / "earlier").exists()


def test_who_cannot_be_told_is_refused_with_the_line_to_add(course: Path, tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "Wei Liu_903_assignsubmission_file_/hello.ipynb": notebook(),
        "Nobody Known_904_assignsubmission_file_/hello.ipynb": notebook(),
        "Participant_905_assignsubmission_file_/hello.ipynb": notebook(),
    }
    path = zipped(tmp_path / "moodle.zip", files)
    lines, error = gather(course, path)
    assert error.startswith("3 of 3 files were refused")
    assert "add the line STUDENT_ID,Nobody,Known,Participant 904 under student_id" in "\n".join(lines)
    assert (
        "liu1 and liu2 are both called Wei Liu: give one of them the lms_user_id Participant 903"
        in "\n".join(lines)
    )
    assert words(course) == {}
    table = tmp_path / "roster.csv"
    table.write_text(ROSTER.replace("liu2,Wei,Liu,", "liu2,Wei,Liu,Participant 903"), encoding="utf-8")
    roster.take(course, table)
    gather(course, path)
    assert set(words(course)) == {"liu2"}


def test_moodle_s_participant_number_is_never_taken_for_a_user_s(course: Path, tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "moodle.zip", {"Someone Else_4711_assignsubmission_file_/hello.ipynb": notebook()}
    )
    lines, _ = gather(course, path)
    assert "nobody in the roster is Someone Else" in lines[0]
    assert words(course) == {}


def test_a_name_does_not_speak_against_another_number(course: Path, tmp_path: Path) -> None:
    path = zipped(tmp_path / "canvas.zip", {"lovelaceada_5555_1_hello.ipynb": notebook()})
    lines, _ = gather(course, path)
    assert "nobody in the roster is lovelaceada (Canvas 5555)" in lines[0]


def test_a_zip_in_a_zip_must_be_of_the_student_who_handed_it_in(course: Path, tmp_path: Path) -> None:
    path = zipped(tmp_path / "canvas.zip", {"lovelaceada_4711_1_hello-bob.zip": packed("bob")})
    lines, _ = gather(course, path)
    assert "Canvas has it from ada, but it says inside that it is bob's" in lines[0]
    assert words(course) == {}


def test_a_student_s_zip_in_the_inbox_cannot_pose_as_a_download(course: Path, tmp_path: Path) -> None:
    forged: dict[str, bytes | str] = {
        "Ada Lovelace_900_assignsubmission_file_/hello.ipynb": notebook("forged")
    }
    inbox = tmp_path / "inbox"
    zipped(inbox / "hello-may.zip", forged)
    zipped(inbox / "download.zip", forged)
    lines, error = gather(course, inbox)
    assert error.startswith("2 of 2 files were refused")
    assert any("if it comes from Moodle or Canvas itself, run `course collect" in line for line in lines)
    assert words(course) == {}
    more = {
        name.replace("Ada Lovelace", other): text
        for other in ("May Day", "Björn-Ole Müller")
        for name, text in forged.items()
    }
    labelled = zipped(tmp_path / "x.zip", {**forged, **more}, assignment="hello", student="may")
    gather(course, labelled)
    assert words(course) == {}


def test_an_unpacked_download_is_collected_and_put_away(course: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    folder = inbox / "Ada Lovelace_900_assignsubmission_file_"
    folder.mkdir(parents=True)
    (folder / "hello.ipynb").write_text(notebook("ada"))
    (inbox / "daymay_9_15_hello.ipynb").write_text(notebook("may"))
    (inbox / "mine.ipynb").write_text(notebook("whose?"))
    lines, error = gather(course, inbox)
    assert error.startswith("1 of 3 files were refused")
    assert any("mine.ipynb: refused: its name does not say whose it is" in line for line in lines)
    assert words(course) == {"ada": "ada", "may": "may"}
    assert [path.name for path in inbox.iterdir()] == ["mine.ipynb"]


def test_a_notebook_in_a_folder_of_the_student_s_own_is_not_passed_over_in_silence(
    course: Path, tmp_path: Path
) -> None:
    files: dict[str, bytes | str] = {
        "Ada Lovelace_900_assignsubmission_file_/hello.ipynb": notebook("ada"),
        "May Day_901_assignsubmission_file_/mine/hello.ipynb": notebook("may"),
    }
    lines, error = gather(
        course,
        zipped(tmp_path / "moodle.zip", {**files, "Ada Lovelace_900_assignsubmission_file_/x.txt": ""}),
    )
    assert error.startswith("1 of 2 files were refused")
    assert any(
        "mine/hello.ipynb: refused: its name is none that Moodle or Canvas gives" in line for line in lines
    )
    assert words(course) == {"ada": "ada"}


def test_links_and_bombs_in_a_download_are_refused_one_by_one(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("course_utils.grading.intake.archives.LARGEST_FILE", 10_000)
    path = tmp_path / "canvas.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        link = zipfile.ZipInfo("lovelaceada_4711_1_hello.ipynb")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("müllerbjörnole_4712_2_hello.ipynb", "0" * 1_000_000)
        archive.writestr("daymay_9_3_hello.ipynb", notebook("may"))
    lines, error = gather(course, path)
    assert error.startswith("2 of 3 files were refused")
    assert any("is a link or a special file" in line for line in lines)
    assert any("unpacks to more than" in line for line in lines)
    assert words(course) == {"may": "may"}


def test_what_canvas_has_not_marked_as_late_came_by_the_due_date(course: Path, tmp_path: Path) -> None:
    with open_book(course) as gradebook:
        gradebook.add_assignment("hello", duedate=DUE.replace(tzinfo=None))
    files: dict[str, bytes | str] = {
        "lovelaceada_4711_1_hello.ipynb": notebook(),
        "müllerbjörnole_LATE_4712_2_hello.ipynb": notebook(),
    }
    path = zipped(tmp_path / "canvas.zip", files)
    gather(course, path)
    submitted = course / "class" / "submitted"
    assert (submitted / "ada" / "hello" / "timestamp.txt").read_text().startswith("2026-09-14 12:00:00")
    assert not (submitted / "bob" / "hello" / "timestamp.txt").read_text().startswith("2026-09-14")


def test_the_instructor_can_say_when_all_came(course: Path, tmp_path: Path) -> None:
    path = zipped(tmp_path / "canvas.zip", {"lovelaceada_LATE_4711_1_hello.ipynb": notebook()})
    (line,) = collect(course, path, submitted=DUE)
    assert "submitted 2026-09-14 12:00 UTC" in line


def test_an_id_is_spelled_as_in_the_roster_and_a_stranger_is_said(course: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    zipped(inbox / "hello-ADA.zip", {"hello.ipynb": notebook()})
    zipped(inbox / "hello-stranger.zip", {"hello.ipynb": notebook()})
    lines, _ = gather(course, inbox)
    assert set(words(course)) == {"ada", "stranger"}
    assert sum(line.endswith("; stranger is not in the roster") for line in lines) == 1
