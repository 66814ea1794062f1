"""The instructors' page prints what its commands print."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

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
    (quoted,) = re.findall(r"(?ms)^```text\n(.*?)^```", PAGE.read_text(encoding="utf-8"))
    read = " ".join(BeautifulSoup(page, "html.parser").get_text(" ").split())
    for line in quoted.splitlines():
        assert " ".join(line.split()) in read
