"""The classes that are graded: week 1 with its right and wrong answers, and a light exercise without TensorFlow."""

from __future__ import annotations

import itertools
import json
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LIGHT_CONFIG = """c = get_config()
c.CourseDirectory.course_id = "light"
"""


@dataclass(frozen=True)
class Exercise:
    """One exercise of a course.

    Attributes:
        source, released, submitted: the folders of the steps, in the course's.
        answers: source by solution cell; the first are the right ones.
    """

    name: str
    source: str
    released: str
    submitted: str
    answers: tuple[Mapping[str, str], ...]

    @property
    def file(self) -> str:
        """The notebook's name."""
        return f"{self.name}.ipynb"

    def tests(self, course: Path) -> dict[str, tuple[float, str]]:
        """The points and the code of the test cells, by their names."""
        found = {}
        for cell in _read(course / self.source / self.name / self.file)["cells"]:
            about = cell["metadata"].get("nbgrader", {})
            if about.get("grade") and cell["cell_type"] == "code":
                found[about["grade_id"]] = (float(about["points"]), "".join(cell["source"]))
        return found

    def hand_in(self, course: Path, students: Sequence[str]) -> None:
        """Put the students' notebooks where nbgrader looks for them; the first one's answers are right."""
        released = _read(course / self.released / self.name / self.file)
        for student, wrong in zip(students, itertools.cycle(self.answers)):
            answers = {**self.answers[0], **wrong}
            for cell in released["cells"]:
                name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
                cell["source"] = answers.get(name, cell["source"])
            path = self.handed_in(course, student)
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(released), encoding="utf-8")

    def handed_in(self, course: Path, student: str) -> Path:
        """The notebook that a student has handed in."""
        return course / self.submitted / student / self.name / self.file


def make_week(root: Path, course: Path, week: str = "week1") -> Exercise:
    """Make a course with a week of this one; the answers are the reference solution and the wrong ones beside it."""
    for name in ("solutions", "exercises"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(root / name / week, course / name / week, ignore=ignored)
    shutil.copy(root / "nbgrader_config.py", course)
    source = _read(course / "solutions" / week / f"{week}.ipynb")
    wrong = (_wrong(path) for path in sorted((root / "solutions" / week / "wrong").glob("*.py")))
    answers = (_solutions(source), *(one for one in wrong if one))
    return Exercise(week, "solutions", "exercises", "class/submitted", answers)


def make_light(course: Path) -> Exercise:
    """Make an ordinary nbgrader course with one exercise of two functions, in plain Python."""
    cells, answers = [_cell("markdown", "title", "# Two functions")], {}
    for name, right, at_five in (("double", "2 * number", 10), ("square", "number**2", 25)):
        head = f"def {name}(number):\n    "
        answers[name] = f"{head}return {right}"
        solution = f"{head}### BEGIN SOLUTION\n    return {right}\n    ### END SOLUTION"
        test = f"assert {name}(2) == 4\n### BEGIN HIDDEN TESTS\nassert {name}(5) == {at_five}\n"
        cells.append(_cell("code", name, solution, solution=True))
        test += "### END HIDDEN TESTS"
        cells.append(_cell("code", f"test-{name}", test, grade=True, locked=True, points=2))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    source = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (course / "source" / "light").mkdir(parents=True)
    (course / "source" / "light" / "light.ipynb").write_text(json.dumps(source), encoding="utf-8")
    (course / "nbgrader_config.py").write_text(_LIGHT_CONFIG, encoding="utf-8")
    wrong = {**answers, "double": "def double(number):\n    return 4"}
    return Exercise("light", "source", "release", "submitted", (answers, wrong))


def _cell(kind: str, name: str, source: str, **about: Any) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}, "source": source}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
        plain = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
        cell["metadata"] = {"nbgrader": {**plain, "grade_id": name, **about}}
    return cell


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def _solutions(source: Mapping[str, Any]) -> dict[str, str]:
    """The instructor's own answers, without the marks around them."""
    found = {}
    for cell in source["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        if about.get("solution"):
            lines = "".join(cell["source"]).split("\n")
            found[about["grade_id"]] = "\n".join(line for line in lines if "### " not in line)
    return found


def _wrong(path: Path) -> dict[str, str]:
    """The cells of a file of wrong answers; of one that answers nothing, none."""
    head, *parts = path.read_text(encoding="utf-8").split("# %% ")
    about = tomllib.loads("\n".join(line.removeprefix("# ") for line in head.splitlines()))
    return {} if about.get("blank") else dict(_split(parts))


def _split(parts: list[str]) -> Iterator[tuple[str, str]]:
    for part in parts:
        name, *lines = part.splitlines()
        yield name.strip(), "\n".join(lines).strip()
