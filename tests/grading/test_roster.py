"""Who is in the class: tables of every usual make are read, bad lines are named, nobody is deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils.errors import CourseError, UsageError
from course_utils.grading import roster
from course_utils.grading.roster.table import Line, read
from tests.grading.classroom import make_light_course, open_book

ADA = Line("ada", "Ada", "Lovelace", "ada@example.org", "4711")
PLAIN = "student_id,first_name,last_name,email,lms_user_id\nada,Ada,Lovelace,ada@example.org,4711\n"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return make_light_course(tmp_path / "course")


def table(folder: Path, content: str | bytes, name: str = "roster.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        "\ufeff" + PLAIN,
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t").replace("\n", "\r\n"),
        "sep=;\n" + PLAIN.replace(",", ";"),
        ("\ufeff" + PLAIN).encode("utf-16-le"),
        PLAIN + "\n,,,,\n",
        "Student ID,First name,Surname,Email address,LMS user id\nada,Ada,Lovelace,ada@example.org,4711\n",
        '"Matrikelnummer";"Vorname";"Nachname";"E-Mail-Adresse";"Moodle-ID"\nada;Ada;Lovelace;ada@example.org;4711\n',
        'Full name,Username,Mail,Canvas ID\n"Lovelace, Ada",ada,ada@example.org,4711\n',
        "Name,Login ID,E-mail,LMS ID\nAda Lovelace,ada,ada@example.org,4711\n",
        "Student,ID,SIS User ID,SIS Login ID,Section,Email\n    Points Possible,,,,,\n"
        '"Lovelace, Ada",4711,S1,ada,one,ada@example.org\n"Student, Test",9,,,one,\n',
    ],
)
def test_tables_of_every_usual_make_are_read(tmp_path: Path, content: str | bytes) -> None:
    assert read(table(tmp_path, content)) == [ADA]


def test_names_in_an_old_encoding_are_read(tmp_path: Path) -> None:
    (line,) = read(table(tmp_path, "id;Vorname;Nachname\nbob;Björn;Müller\n".encode("cp1252")))
    assert (line.first_name, line.last_name) == ("Björn", "Müller")


def test_every_bad_line_is_named_and_nothing_is_changed(course: Path, tmp_path: Path) -> None:
    content = PLAIN + (
        ",Bob,Byte,,\n../eve,Eve,,,\nADA,Ada,Other,,1\nivy,Ivy,Ng,no-mail,2\njim,Jim,Jo,,4711\nkim,Kim,Ko,,5,surplus\n"
    )
    with pytest.raises(UsageError) as error:
        roster.take(course, table(tmp_path, content))
    said = str(error.value).splitlines()
    assert [line.partition(":")[0] for line in said[1:]] == [f"line {number}" for number in range(3, 9)]
    for part in (
        "no student id",
        "'../eve' is no",
        "that of line 2",
        "no email",
        "'4711' is that of",
        "more columns",
    ):
        assert part in str(error.value)
    assert not (course / "class" / "gradebook.db").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"first,last\nAda,Lovelace\n", "no column with the students' ids"),
        (b"student_id\n", "names nobody"),
        (b"PK\x03\x04", "is a spreadsheet"),
        (b"a\0b", "is not text"),
    ],
)
def test_what_is_no_roster_is_refused_with_the_cure(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        read(table(tmp_path, content))


def test_the_roster_is_kept_in_the_gradebook_and_those_who_left_are_flagged(
    course: Path, tmp_path: Path
) -> None:
    first = roster.take(course, table(tmp_path, PLAIN + "bob,Bob,Byte,,\n"))
    assert (first.new, first.left, first.total) == (("ada", "bob"), (), 2)
    again = roster.take(course, table(tmp_path, PLAIN.replace("Lovelace", "King")))
    assert (again.new, again.changed, again.left) == ((), ("ada",), ("bob",))
    assert "kept with all their marks: bob" in str(again)
    people = {person.id: person for person in roster.people(course)}
    assert people["ada"].last_name == "King"
    assert people["bob"].left
    assert people["bob"].first_name == "Bob"
    back = roster.take(course, table(tmp_path, "id\nada\nbob\n"))
    assert back.back == ("bob",)
    assert {person.id: person.first_name for person in roster.people(course)} == {"ada": "Ada", "bob": "Bob"}


def test_the_class_is_shown_with_its_state(course: Path, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="run `course class roster FILE`"):
        list(roster.show(course))
    with open_book(course):
        assert "The class is empty" in next(roster.show(course))
    roster.take(course, table(tmp_path, PLAIN + "bob,Bob,Byte,,\n"))
    roster.take(course, table(tmp_path, PLAIN))
    with open_book(course) as gradebook:
        gradebook.update_or_create_student("guest")
    lines = "\n".join(roster.show(course))
    assert "ada    Ada Lovelace  nothing graded yet" in lines
    assert "; left 20" in next(line for line in lines.splitlines() if line.startswith("bob"))
    assert "not in the roster" in next(line for line in lines.splitlines() if line.startswith("guest"))
    assert lines.endswith("2 students, 1 who left.")


def test_an_id_that_differs_in_case_alone_is_refused(course: Path, tmp_path: Path) -> None:
    with open_book(course):
        pass
    roster.take(course, table(tmp_path, PLAIN))
    with pytest.raises(CourseError, match="ADA is in the gradebook as ada"):
        roster.take(course, table(tmp_path, "id\nADA\n"))


def test_what_says_who_is_in_the_class_is_for_its_owner_alone(course: Path, tmp_path: Path) -> None:
    with open_book(course):
        pass
    roster.take(course, table(tmp_path, PLAIN))
    assert (course / "class" / "roster.json").stat().st_mode & 0o777 == 0o600
    assert (course / "class").stat().st_mode & 0o777 == 0o700
