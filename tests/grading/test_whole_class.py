"""A whole class of an ordinary nbgrader course in one run: everybody gets what is due, and a reason."""

from __future__ import annotations

import codecs
import csv
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from course_utils import grading
from course_utils.grading import ClassGrades, Graded
from tests.grading.classroom import cell
from tests.grading.ordinary import answered, api, copied, hand_in, pristine

__all__ = ["pristine"]
ONLY_VISIBLE = {"solve": "def double(number):\n    return 4"}
NO_ANSWER = {"solve": "# YOUR CODE HERE\nraise NotImplementedError()", "quarter": "parts = 'x'"}


def students(course: Path) -> dict[str, tuple[str, float | None]]:
    """Hand in for a class; return what is due to each: status, and score where one counts."""
    right = answered(course)
    due: dict[str, tuple[str, float | None]] = {}

    def student(name: str, content: Any, status: str, score: float | None, file: str = "hw.ipynb") -> None:
        hand_in(course, name, content, file)
        due[name] = (status, score)

    student("honest", right, "graded", 5)
    student("only-visible", answered(course, ONLY_VISIBLE), "graded", 3)
    student("half", answered(course, {"quarter": "parts = 2"}), "graded", 3.5)
    student("greedy", answered(course, {"quarter": "parts = 400"}), "graded", 5)
    student("negative", answered(course, {"quarter": "parts = -4"}), "graded", 2)
    student("nan", answered(course, {"quarter": "parts = float('nan')"}), "graded", 2)
    loud = {
        "solve": "import sys\ndef double(number):\n    print('so', file=sys.stderr)\n    return 2 * number"
    }
    student("loud", answered(course, loud), "graded", 5)
    student("blank", json.loads((course / "release" / "hw" / "hw.ipynb").read_text()), "graded", 0)

    tagged = answered(course, NO_ANSWER)
    for one in tagged["cells"]:
        one["metadata"]["tags"] = ["skip-execution", "raises-exception"]
    student("skips-the-tests", tagged, "graded", 0)
    gone = answered(course, ONLY_VISIBLE)
    gone["cells"] = [one for one in gone["cells"] if one["id"] != "test"]
    student("deletes-the-test", gone, "graded", 3)
    changed = answered(course, NO_ANSWER)
    for one in changed["cells"]:
        if one["id"] in ("test", "part"):
            one["source"] = "3"
            one["metadata"]["nbgrader"]["points"] = 3000
    student("rewrites-the-tests", changed, "graded", 0)
    copy = answered(course)
    copy["cells"].insert(5, {**copy["cells"][3], "id": "copied"})
    student("copies-a-cell", copy, "graded", 5)
    other = answered(course)
    other["metadata"]["kernelspec"] = {"name": "evil", "language": "R", "display_name": "evil"}
    student("other-kernel", other, "graded", 5)
    own = answered(course, {"solve": "def double(number):\n    return helper(number)"})
    own["cells"].insert(3, cell("code", "mine", "def helper(number):\n    return number + number"))
    student("adds-a-helper", own, "graded", 5)
    student("renamed", right, "graded", 5, "hw (1).ipynb")
    student("byte-order-mark", codecs.BOM_UTF8 + json.dumps(right).encode(), "graded", 5)
    student("utf-16", json.dumps(right).encode("utf-16"), "graded", 5)

    lively = {
        "quarter": "from IPython.display import HTML, display\ndisplay(HTML('<script>canary()</script>'))\nparts = 4",
        "essay": "It doubles. <img src=x onerror='canary()'>",
    }
    student("lively", answered(course, lively), "graded", 5)

    student("exits", answered(course, {"quarter": "import os\nos._exit(0)"}), "partial", 2)
    student("junk", b"\x00\x01\x02junk", "ungradable", None)
    student("web-page", b"<!doctype html><html>Sign in</html>", "ungradable", None)
    student("diary", {"cells": [cell("code", "d", "1")], "metadata": {}, "nbformat": 4}, "ungradable", None)
    student("document", b"words", "ungradable", None, "hw.docx")
    os.mkfifo(hand_in(course, "pipe", b"").with_name("x"))
    (course / "submitted" / "pipe" / "hw" / "hw.ipynb").unlink()
    (course / "submitted" / "pipe" / "hw" / "x").rename(course / "submitted" / "pipe" / "hw" / "hw.ipynb")
    due["pipe"] = ("ungradable", None)
    (course / "submitted" / "link" / "hw").mkdir(parents=True)
    (course / "submitted" / "link" / "hw" / "hw.ipynb").symlink_to(course / "source" / "hw" / "hw.ipynb")
    due["link"] = ("ungradable", None)
    (course / "submitted" / "empty" / "hw").mkdir(parents=True)
    due["empty"] = ("missing", None)
    hand_in(course, "bad-time").with_name("timestamp.txt").write_text("yesterday, honestly")
    due["bad-time"] = ("graded", 5)
    return due


@pytest.fixture(scope="module")
def graded(
    pristine: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, ClassGrades, dict[str, Any]]:
    course = copied(pristine, tmp_path_factory.mktemp("class") / "course")
    due = students(course)
    return course, grading.grade(course, "hw", jobs=2), due


def by_student(grades: ClassGrades) -> dict[str, Graded]:
    return {result.student: result for result in grades.results}


def test_everybody_gets_what_is_due(graded: tuple[Path, ClassGrades, dict[str, Any]]) -> None:
    _, grades, due = graded
    found = {result.student: (str(result.status), result.score) for result in grades.results}
    assert found == due
    assert all(result.max_score == 10 for result in grades.results)


def test_the_gradebook_says_the_same(graded: tuple[Path, ClassGrades, dict[str, Any]]) -> None:
    course, _, due = graded
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "ordinary") as book:
        scores = {one.student_id: one.score for one in book.assignment_submissions("hw")}
        looked_at = {one.student_id for one in book.assignment_submissions("hw") if one.needs_manual_grade}
    assert scores == {name: score or 0 for name, (status, score) in due.items() if status != "missing"}
    assert looked_at == set(scores)  # essay or task of everybody


def test_every_repair_and_every_refusal_has_a_reason(
    graded: tuple[Path, ClassGrades, dict[str, Any]],
) -> None:
    _, grades, _ = graded
    results = by_student(grades)
    said = {
        "renamed": "was called hw (1).ipynb",
        "deletes-the-test": "missing and put back: test",
        "rewrites-the-tests": "had been changed",
        "copies-a-cell": "were copied",
        "byte-order-mark": "byte order mark",
        "bad-time": "is no time",
        "junk": "not JSON",
        "web-page": "web page",
        "diary": "another notebook",
        "document": "no notebook is among",
        "pipe": "not a regular file",
        "link": "it is a link",
        "exits": "quarter",
    }
    for student, phrase in said.items():
        assert phrase in " ".join((results[student].reason, *results[student].flags)), results[student]
    for student in ("honest", "half", "loud", "blank", "adds-a-helper", "other-kernel"):
        assert (results[student].reason, results[student].flags) == ("", ())


def test_the_level_of_the_sandbox_stands_with_every_grade(
    graded: tuple[Path, ClassGrades, dict[str, Any]],
) -> None:
    course, grades, _ = graded
    for result in grades.results:
        if result.status in ("graded", "partial"):
            assert result.sandbox
            path = course / "autograded" / result.student / "hw" / "hw.ipynb"
            assert json.loads(path.read_text())["metadata"]["course"]["sandbox"] == result.sandbox
    assert grades.sandbox.startswith("Sandbox: ")


def test_both_reports_list_everybody_with_status_and_reason(
    graded: tuple[Path, ClassGrades, dict[str, Any]],
) -> None:
    _, grades, due = graded
    page, table = grades.reports
    with table.open(encoding="utf-8-sig") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {name: row["status"] for name, row in rows.items()} == {
        name: status for name, (status, _) in due.items()
    }
    assert "web page" in rows["web-page"]["reason"]
    text = page.read_text(encoding="utf-8")
    assert all(f">{name}<" in text for name in due)
    assert "script" not in text.lower().replace("content-security-policy", "")
    assert page.stat().st_mode & 0o077 == table.stat().st_mode & 0o077 == 0


def test_nothing_of_the_run_is_left_behind(graded: tuple[Path, ClassGrades, dict[str, Any]]) -> None:
    course, _, due = graded
    folders = {path.name for path in (course / "autograded").iterdir()}
    assert folders == {name for name, (status, _) in due.items() if status in ("graded", "partial")}
    assert not [path for path in course.rglob(".*") if path.is_file()]


def test_nbgrader_takes_what_was_graded_for_its_own(
    graded: tuple[Path, ClassGrades, dict[str, Any]], tmp_path: Path
) -> None:
    course = Path(
        shutil.copytree(graded[0], tmp_path / "course", symlinks=True, ignore=lambda *_: ["submitted"])
    )
    nbgrader = api(course)
    done = nbgrader.generate_feedback("hw", "honest", force=True)
    assert done["success"], done["log"]
    page = (course / "feedback" / "honest" / "hw" / "hw.html").read_text()
    assert "Score: 5.0 / 10.0" in page
    assert nbgrader.generate_feedback("hw", "lively", force=True)["success"]
    page = (course / "feedback" / "lively" / "hw" / "hw.html").read_text()
    assert "It doubles." in page
    assert "<script>canary" not in page
    assert "<img src=x" not in page
    (submission,) = [one for one in nbgrader.get_submissions("hw") if one["student"] == "honest"]
    assert (submission["score"], submission["autograded"]) == (5, True)
    import nbformat
    from nbgrader.nbgraderformat import read

    for path in sorted((course / "autograded").glob("*/hw/hw.ipynb")):
        with path.open(encoding="utf-8") as file:
            nbformat.validate(read(file, as_version=4))
        assert path.stat().st_mode & 0o777 == 0o444


def test_instructors_files_lie_over_the_students(graded: tuple[Path, ClassGrades, dict[str, Any]]) -> None:
    course, _, _ = graded
    assert (course / "autograded" / "honest" / "hw" / "data.csv").read_text() == "1,2\n3,4\n"
