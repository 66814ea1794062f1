"""An ordinary nbgrader course, of somebody who knows nothing of this project: light, graded in a moment."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.grading.classroom import cell

CONFIG = """c = get_config()
c.CourseDirectory.course_id = "ordinary"
c.Execute.timeout = 5
c.LateSubmissionPlugin.penalty_method = "zero"
"""
#: What the right answers bring: the test 2, the partial test 3; the essay (4) and the task (1) are for a person.
MOST = 10.0
RIGHT = {
    "solve": "def double(number):\n    return 2 * number",
    "quarter": "parts = 4",
    "essay": "It doubles.",
}


def source_notebook() -> dict[str, Any]:
    """Return the instructor's version of the one exercise."""
    solve = "def double(number):\n    ### BEGIN SOLUTION\n    return 2 * number\n    ### END SOLUTION"
    test = "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(5) == 10\n### END HIDDEN TESTS"
    return notebook(
        cell("markdown", "title", "# Doubling"),
        cell("code", "imports", "import csv\nrows = list(csv.reader(open('data.csv')))", locked=True),
        cell("code", "free", "scratch = 0"),
        cell("code", "solve", solve, solution=True),
        cell("code", "test", test, grade=True, locked=True, points=2),
        cell("code", "quarter", "### BEGIN SOLUTION\nparts = 4\n### END SOLUTION", solution=True),
        cell("code", "part", "len(rows) * 3 / 2 * parts / 4", grade=True, locked=True, points=3),
        cell("markdown", "essay", "What does it do?", grade=True, solution=True, points=4),
        cell("markdown", "task", "Draw something.", task=True, points=1, locked=True),
    )


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    """Return a whole notebook with the cells."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": list(cells), "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def make_ordinary_course(folder: Path) -> Path:
    """Make the course's folder, with the exercise entered by nbgrader's own generate_assignment."""
    source = folder / "source" / "hw"
    source.mkdir(parents=True)
    (source / "hw.ipynb").write_text(json.dumps(source_notebook()))
    (source / "data.csv").write_text("1,2\n3,4\n")
    (folder / "nbgrader_config.py").write_text(CONFIG)
    generate(folder, "hw")
    return folder


def generate(folder: Path, assignment: str) -> None:
    """Have nbgrader enter an assignment into the gradebook, and release it."""
    done = api(folder).generate_assignment(assignment, force=True)
    assert done["success"], done["log"]


def api(folder: Path) -> Any:
    """Return nbgrader's own interface to the course."""
    from nbgrader.apps.api import NbGraderAPI

    from course_utils.grading.settings import open_course

    bin_folder = str(Path(sys.executable).parent)  # nbgrader starts `alembic` by its name
    if bin_folder not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] += os.pathsep + bin_folder
    settings = open_course(folder)
    return NbGraderAPI(coursedir=settings.directory, config=settings.config)


def copied(pristine: Path, folder: Path) -> Path:
    """Return a copy of a course for one test."""
    shutil.copytree(pristine, folder)
    return folder


def answered(course: Path, answers: dict[str, str] | None = None, assignment: str = "hw") -> dict[str, Any]:
    """Return the released notebook with answers filled in, the right ones by default."""
    path = course / "release" / assignment / f"{assignment}.ipynb"
    made = json.loads(path.read_text(encoding="utf-8"))
    for one in made["cells"]:
        one["source"] = {**RIGHT, **(answers or {})}.get(one["id"], one["source"])
    return made


def hand_in(
    course: Path, student: str, content: dict[str, Any] | bytes | None = None, name: str = "hw.ipynb"
) -> Path:
    """Put what a student hands in where nbgrader looks for it; return the file."""
    folder = course / "submitted" / student / "hw"
    folder.mkdir(parents=True, exist_ok=True)
    content = answered(course) if content is None else content
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return file


@pytest.fixture(scope="module")
def pristine(once: Any) -> Path:
    """A course that no test changes; see `copied`."""
    return once("ordinary-course", lambda folder: make_ordinary_course(folder / "course")) / "course"
