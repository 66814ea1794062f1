"""Submissions come in as zips: the right ones where nbgrader looks for them, the others with a reason."""

from __future__ import annotations

import datetime
import json
import os
import stat
import warnings
import zipfile
from pathlib import Path

import pytest

from course_utils.errors import CourseError, UsageError
from course_utils.grading import collect
from course_utils.grading.intake import archives
from tests.grading.classroom import make_light_course, zipped

NOTEBOOK = json.dumps({"cells": [{"cell_type": "markdown", "source": "x"}], "metadata": {}, "nbformat": 4})
WHOLE = {"hello.ipynb": NOTEBOOK}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return make_light_course(tmp_path / "course")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def gather(course: Path, inbox: Path) -> tuple[list[str], str]:
    """Collect; return the lines, and the error at the end where there is one."""
    lines: list[str] = []
    try:
        lines.extend(collect(course, inbox))
    except CourseError as error:
        return lines, str(error)
    return lines, ""


def refusals(course: Path, inbox: Path) -> list[str]:
    """Collect, expect every file to be refused and nothing to be written, and return the lines."""
    lines, error = gather(course, inbox)
    assert "were refused" in error
    assert all(": refused: " in line for line in lines)
    assert not list((course / "class").rglob("*.*"))
    return lines


def test_a_submission_is_moved_to_where_nbgrader_looks(course: Path, inbox: Path) -> None:
    path = zipped(inbox / "hello-ada.zip", WHOLE, assignment="hello", student="ada")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    (line,) = collect(course, inbox)
    assert line == "hello-ada.zip: hello of ada, submitted 2023-11-14 22:13 UTC"
    folder = course / "class" / "submitted" / "ada" / "hello"
    assert {file.name for file in folder.iterdir()} == {"hello.ipynb", "timestamp.txt"}
    assert (folder / "timestamp.txt").read_text() == "2023-11-14 22:13:20.000000 UTC\n"
    assert not path.exists()


def test_nbgrader_understands_the_time(course: Path, inbox: Path) -> None:
    from nbgrader.utils import parse_utc

    path = zipped(inbox / "hello-ada.zip", WHOLE)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    list(collect(course, inbox))
    text = (course / "class" / "submitted" / "ada" / "hello" / "timestamp.txt").read_text().strip()
    assert str(parse_utc(text)) == "2023-11-14 22:13:20"


def test_who_owns_the_file_cannot_set_its_time(
    course: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(inbox / "hello-ada.zip", WHOLE)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    owner = path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    (line,) = collect(course, inbox)
    assert "submitted 2023" not in line
    text = (course / "class" / "submitted" / "ada" / "hello" / "timestamp.txt").read_text().strip()
    came = datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f UTC").replace(tzinfo=datetime.UTC)
    assert abs(datetime.datetime.now(datetime.UTC) - came) < datetime.timedelta(minutes=5)


def test_a_time_inside_a_zip_says_nothing(course: Path, inbox: Path) -> None:
    path = zipped(inbox / "hello-ada.zip", {**WHOLE, "timestamp.txt": "2020-01-01 00:00:00 UTC"})
    os.utime(path, (1_700_000_000, 1_700_000_000))
    list(collect(course, inbox))
    text = (course / "class" / "submitted" / "ada" / "hello" / "timestamp.txt").read_text()
    assert text == "2023-11-14 22:13:20.000000 UTC\n"


@pytest.mark.parametrize("first", ["early", "late"])
def test_of_two_the_later_counts_and_the_earlier_is_kept(course: Path, inbox: Path, first: str) -> None:
    moments = {"early": 1_700_000_000, "late": 1_700_009_000}
    for name in sorted(moments, key=lambda name: name != first):
        text = NOTEBOOK.replace('"x"', f'"{name}"')
        path = zipped(inbox / "hello-ada (1).zip", {"hello.ipynb": text}, assignment="hello", student="ada")
        os.utime(path, (moments[name], moments[name]))
        list(collect(course, inbox))
    assert '"late"' in (course / "class" / "submitted" / "ada" / "hello" / "hello.ipynb").read_text()
    (kept,) = (course / "class" / "earlier" / "ada" / "hello").iterdir()
    assert '"early"' in (kept / "hello.ipynb").read_text()


def test_one_bad_file_does_not_stop_the_others(course: Path, inbox: Path) -> None:
    (inbox / "hello-eve.zip").write_bytes(b"no zip at all")
    zipped(inbox / "hello-ada.zip", WHOLE)
    lines, error = gather(course, inbox)
    assert error.startswith("1 of 2 files were refused and are still in")
    assert len(lines) == 2
    assert (course / "class" / "submitted" / "ada" / "hello" / "hello.ipynb").exists()
    assert [path.name for path in inbox.iterdir()] == ["hello-eve.zip"]


@pytest.mark.parametrize(
    "name",
    [
        "../hello.ipynb",
        "/hello.ipynb",
        "a/hello.ipynb",
        "..\\hello.ipynb",
        ".hidden",
        "C:\\hello.ipynb",
        "a\nb",
        "~/x",
    ],
)
def test_a_file_that_would_land_elsewhere_is_refused(course: Path, inbox: Path, name: str) -> None:
    zipped(inbox / "hello-ada.zip", {**WHOLE, name: "x"})
    (line,) = refusals(course, inbox)
    assert "is not the plain name of a file" in line


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_special_files_in_a_zip_are_refused(course: Path, inbox: Path, kind: int) -> None:
    path = inbox / "hello-ada.zip"
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("hello.ipynb")
        entry.create_system = 3
        entry.external_attr = (kind | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    (line,) = refusals(course, inbox)
    assert "is a link or a special file" in line


def test_a_zip_that_is_a_link_is_refused(course: Path, inbox: Path, tmp_path: Path) -> None:
    (inbox / "hello-ada.zip").symlink_to(zipped(tmp_path / "elsewhere.zip", WHOLE))
    (line,) = refusals(course, inbox)
    assert "it is a link" in line


def test_what_unpacks_to_too_much_is_refused_whatever_it_says_of_its_size(
    course: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LARGEST_FILE", 1000)
    path = inbox / "hello-ada.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("hello.ipynb", "0" * 100_000)
    (line,) = refusals(course, inbox)
    assert "unpacks to more than" in line or "cannot be opened" in line
    monkeypatch.setattr(archives, "LARGEST_ZIP", 10)
    (line,) = refusals(course, inbox)
    assert "larger than" in line


def test_too_many_files_and_files_twice_are_refused(course: Path, inbox: Path) -> None:
    zipped(inbox / "hello-ada.zip", {f"{number}.txt": "x" for number in range(60)})
    with warnings.catch_warnings(action="ignore"):  # that a name is there twice is the point
        zipped(inbox / "hello-bob.zip", WHOLE)
        with zipfile.ZipFile(inbox / "hello-bob.zip", "a") as archive:
            archive.writestr("hello.ipynb", NOTEBOOK)
    said = " ".join(refusals(course, inbox))
    assert "more than 50 files" in said
    assert "is in it twice" in said


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a Jupyter notebook"),
        (b'{"cells": []}', "not a Jupyter notebook"),
        (b'{"cells": [1], "nbformat": 3}', "not a Jupyter notebook"),
    ],
)
def test_what_is_no_notebook_is_refused(course: Path, inbox: Path, content: bytes, reason: str) -> None:
    zipped(inbox / "hello-ada.zip", {"hello.ipynb": content})
    (line,) = refusals(course, inbox)
    assert reason in line


@pytest.mark.parametrize(
    ("name", "label", "reason"),
    [
        ("report.zip", {}, "is not of the form"),
        ("hello-..zip", {}, "no student id"),
        ("hello-a..b.zip", {}, "no student id"),
        ("hello-ada.zip", {"assignment": "hello", "student": "bob"}, "says inside"),
        ("x.zip", {"assignment": "hello", "student": "../bob"}, "no student id"),
        ("x.zip", {"assignment": "hello", "student": "a" * 65}, "no student id"),
        ("x.zip", {"assignment": "../hello", "student": "bob"}, "no assignment"),
        ("x.zip", {"assignment": "goodbye", "student": "bob"}, "no assignment 'goodbye'"),
        ("x.zip", {"assignment": "hello"}, "cannot be read"),
    ],
)
def test_whose_it_is_must_be_clear(
    course: Path, inbox: Path, name: str, label: dict[str, str], reason: str
) -> None:
    zipped(inbox / name, WHOLE, **label)
    (line,) = refusals(course, inbox)
    assert reason in line


def test_a_zip_that_a_learning_platform_renamed_says_inside_whose_it_is(course: Path, inbox: Path) -> None:
    zipped(inbox / "Lovelace_4711_attempt.zip", WHOLE, assignment="hello", student="ada")
    zipped(inbox / "hello-bob.zip", {**WHOLE, "__MACOSX/._hello.ipynb": "x", "notes.txt": "kept out"})
    assert len(list(collect(course, inbox))) == 2
    assert {path.name for path in (course / "class" / "submitted").iterdir()} == {"ada", "bob"}
    assert not list((course / "class").rglob("notes.txt"))


def test_a_missing_or_empty_inbox_is_said(course: Path, inbox: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        list(collect(course, tmp_path / "nowhere"))
    with pytest.raises(CourseError, match="holds no zip files"):
        list(collect(course, inbox))
