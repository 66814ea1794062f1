"""The instructors' page prints what its commands print."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from course_utils.checks import Case
from course_utils.grading import sandbox
from tests.exercises.classroom import ROOT, Answer, answered, environment, make_course, wrong_answers

PAGE = ROOT / "book" / "reference" / "instructors.md"
CONSOLE = re.compile(r"(?ms)^```console\n(.*?)^```")
VARIES = [
    (r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME"),
    (r"\(\d+(\.\d)? s\)", "(SECONDS)"),
    (r"\S*/(?=class/|\.config/)", "FOLDER/"),
]


def spoken() -> list[tuple[str, str]]:
    """Return the page's commands, each with what the page says that it prints."""
    lines = "".join(CONSOLE.findall(PAGE.read_text(encoding="utf-8")))
    parts = re.split(r"(?m)^\$ (.*)\n", lines)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def quoted(language: str) -> list[str]:
    """Return what stands in the page's blocks of a language."""
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"))


def level(text: str) -> str:
    """Put fixed words where dates, durations and folders differ from run to run."""
    for pattern, word in VARIES:
        text = re.sub(pattern, word, text)
    return text


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = make_course(tmp_path_factory.mktemp("instructors") / "course")
    (course / "book").mkdir()
    shutil.copy(ROOT / "_toc.yml", course)
    (course / "inbox").mkdir()
    off_by_one = next(answer for answer in wrong_answers() if answer.student == "off-by-one")
    (course / "students.csv").write_text(quoted("text")[0], encoding="utf-8")
    for student, answer in {"ada": Answer("ada", "", 30, "", {}), "bob": off_by_one}.items():
        (course / student).mkdir()
        (course / student / "week1.ipynb").write_text(json.dumps(answered(answer)), encoding="utf-8")
    return course


def test_every_command_prints_what_the_page_says(course: Path) -> None:
    variables = environment(course.parent)
    del variables["COURSE_CLASS_SECRET"], variables["XDG_CONFIG_HOME"]
    variables["HOME"] = str(course.parent)
    commands = spoken()
    assert len(commands) >= 6
    for command, says in commands:
        if command.startswith("course collect"):
            for student in ("ada", "bob"):
                shutil.move(course / student / f"week1-{student}.zip", course / "inbox")
        program, *arguments = command.split()
        assert program == "course"
        done = subprocess.run(
            [Path(sys.executable).parent / "course", *arguments],
            cwd=course,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stderr)
        assert level(done.stdout) == level(says), command
    page = (course / "class" / "feedback" / "bob" / "week1" / "week1.html").read_text(encoding="utf-8")
    read = " ".join(BeautifulSoup(page, "html.parser").get_text(" ").split())
    for line in quoted("text")[1].splitlines():
        assert " ".join(line.split()) in read
    assert (course / "class" / "grades-canvas.csv").read_text(encoding="utf-8") == quoted("text")[2]


def test_the_check_that_the_page_shows_works() -> None:
    (source,) = quoted("python")
    module: dict[str, Any] = {}
    exec(source, module)  # what the page shows is code, and is run
    (check,) = module["CHECKS"]
    case = Case({"number": 4.0}, {"double": 8.0, "mistakes": {"the square": 16.0}})
    for double, earned, found in (
        (lambda number: 2 * number, 2.0, "8"),
        (lambda number: number**2, 0.0, "16: the square"),
        (lambda number: None, 0.0, "None: is the “return” missing?"),
    ):
        report = check.report(check.collect({"double": double}, case.inputs), case)
        assert (report.earned, report.steps[0].found) == (earned, found)
    hidden = check.report(check.collect({"double": double}, case.inputs), case, hidden=True)
    assert "8" not in str(hidden.steps[0].expected)


def test_the_page_promises_what_the_sandbox_does() -> None:
    promises = re.findall(
        r"(?m)^(\S.{41}) +(no|yes|watched) +(no|yes|watched) +(no|yes|watched) +(no|yes)$",
        sandbox.__doc__ or "",
    )
    assert len(promises) >= 10
    page = PAGE.read_text(encoding="utf-8")
    for what, *levels in promises:
        assert f"| {' | '.join([what.strip(), *levels])} |" in page
