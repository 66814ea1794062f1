"""A small course for tests of the grading machinery: one light assignment, graded in a second."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from course_utils.grading.course import open_gradebook
from tests.exercises.classroom import ROOT


def cell(kind: str, name: str, source: str, **nbgrader: Any) -> dict[str, Any]:
    """Return a notebook cell, with nbgrader's metadata where any is given."""
    about = {
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
        "schema_version": 3,
        "grade_id": name,
    }
    made: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}, "source": source}
    if nbgrader:
        made["metadata"] = {"nbgrader": {**about, **nbgrader}}
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return made


def make_light_course(folder: Path) -> Path:
    """Make a course folder with this course's configuration and one assignment, `hello`, worth 2 points."""
    source = folder / "solutions" / "hello"
    (source / "private").mkdir(parents=True)
    (source / "private" / "notes.txt").write_text("for the instructor alone")
    solution = "def double(number):\n    ### BEGIN SOLUTION\n    return 2 * number\n    ### END SOLUTION"
    test = "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(5) == 10\n### END HIDDEN TESTS"
    notebook = {
        "cells": [
            cell("markdown", "title", "# Hello"),
            cell("code", "solve", solution, solution=True),
            cell("code", "test", test, grade=True, locked=True, points=2),
        ],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (source / "hello.ipynb").write_text(json.dumps(notebook, indent=1) + "\n")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return folder


@contextlib.contextmanager
def open_book(course: Path) -> Iterator[Gradebook]:
    """Open the course's gradebook; an empty one is a copy of one that is made once, since that takes a second."""
    path = course / "class" / "gradebook.db"
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(_empty_gradebook())
    with Gradebook(f"sqlite:///{path}", "machine-learning") as gradebook:
        yield gradebook


@cache
def _empty_gradebook() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        directory = CourseDirectory(root=folder, course_id="machine-learning")
        with open_gradebook(directory):
            pass
        return (Path(folder) / "gradebook.db").read_bytes()


def answer(course: Path, solution: str) -> bytes:
    """Return the released notebook with the solution filled in."""
    notebook = json.loads((course / "exercises" / "hello" / "hello.ipynb").read_text(encoding="utf-8"))
    for one in notebook["cells"]:
        if one["id"] == "solve":
            one["source"] = solution
    return json.dumps(notebook).encode()


def zipped(path: Path, files: dict[str, bytes | str], **label: str) -> Path:
    """Write a zip with the given files, and a label where one is given; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        if label:
            archive.writestr("submission.json", json.dumps(label))
    return path
