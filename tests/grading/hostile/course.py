"""An ordinary nbgrader course for a hostile class: one light assignment, and secrets wherever a secret may lie.

Ordinary test cells with hidden tests, one of them with partial credit, and an answer that is marked by hand.
"""

from __future__ import annotations

import copy
import json
import sqlite3
from pathlib import Path
from typing import Any

from tests.exercises.classroom import nbgrader
from tests.grading.classroom import cell

ASSIGNMENT = "ps1"
#: What no student may ever read, by the place that it lies in.
CANARIES = {
    "hidden tests": "canary-of-the-hidden-tests",
    "a hidden test's message": "canary-of-a-message",
    "the source": "canary-of-the-source",
    "the private folder": "canary-of-the-private-folder",
    "the configuration": "canary-of-the-configuration",
    "the gradebook": "canary-of-the-gradebook",
    "another submission": "canary-of-another-submission",
    "the environment": "canary-of-the-environment",
    "the class secret": "canary-of-the-class-secret",
    "the home folder": "canary-of-the-home-folder",
    "another student's channel": "canary-of-a-channel",
}
#: An attack that sees with its own eyes that it got somewhere says so.
BREACH = "BREACH"
#: A student whose work others try to read or change; the work holds a canary.
VICTIM = "victim"
RIGHT = {
    "double": "def double(number):\n    return 2 * number",
    "mean": "def mean(values):\n    values = list(values)\n    return sum(values) / len(values)",
    "total": "def total(values):\n    return sum(values)",
}
POINTS = {"double": 2, "mean": 3, "total": 1}
BY_HAND = 4

_CONFIG = """\
# canary-of-the-configuration
c = get_config()
c.CourseDirectory.course_id = "anything 101"
c.CourseDirectory.db_assignments = []
c.Execute.timeout = 4
"""
_TESTS = {
    "double": """\
assert double(2) == 4
### BEGIN HIDDEN TESTS
# canary-of-the-hidden-tests
assert double(21) == 42, "canary-of-a-message: twice 21"
assert double(-1.5) == -3, "canary-of-a-message: twice -1.5"
### END HIDDEN TESTS""",
    "mean": """\
credit = 0
if mean([1, 2, 6]) == 3:
    credit = 1
### BEGIN HIDDEN TESTS
case = "bound by a hidden test"  # canary-of-the-hidden-tests
credit = credit + 2 * (mean([10, 20, 60, 70]) == 40)
### END HIDDEN TESTS
credit""",
    "total": """\
assert total([1, 2, 3]) == 6
### BEGIN HIDDEN TESTS
for count in (0, 1, 101):
    assert total(range(count)) == count * (count - 1) / 2, "canary-of-a-message"
# canary-of-the-hidden-tests
### END HIDDEN TESTS""",
}


def make_course(folder: Path) -> Path:
    """Make the course folder, with nbgrader's own release of the assignment and a roster."""
    source = folder / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(_CONFIG)
    (folder / "private").mkdir()
    (folder / "private" / "notes.txt").write_text(CANARIES["the private folder"])
    cells = [
        cell("markdown", "title", "# Problem set 1"),
        cell("code", "start", "import math", locked=True),
    ]
    for part, right in RIGHT.items():
        head, body = right.split("\n", 1)
        body = f"    # canary-of-the-source\n{body}"
        solution = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
        cells += [
            cell("code", f"solve-{part}", solution, solution=True),
            cell("code", f"test-{part}", _TESTS[part], grade=True, locked=True, points=POINTS[part]),
        ]
    cells += [cell("markdown", "explain", "Why?", grade=True, solution=True, points=BY_HAND)]
    (source / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(_notebook(cells), indent=1))
    nbgrader(folder, "generate_assignment", ASSIGNMENT)
    with sqlite3.connect(folder / "gradebook.db") as book:
        book.execute(
            "insert into student (id, first_name, last_name) values (?, 'A', ?)",
            (VICTIM, CANARIES["the gradebook"]),
        )
    return folder


def _notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def answered(course: Path, answers: dict[str, str]) -> dict[str, Any]:
    """Return the released notebook with the answers filled in; `first` and `last` are cells of the student's own."""
    released = json.loads(
        (course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")
    )
    notebook = copy.deepcopy(released)
    for one in notebook["cells"]:
        if one["id"] in answers:
            one["source"] = answers[one["id"]]
    own = [cell("code", name, answers[name]) for name in ("first", "last") if name in answers]
    notebook["cells"][1:1] = [one for one in own if one["id"] == "first"]
    notebook["cells"] += [one for one in own if one["id"] == "last"]
    unknown = set(answers) - {one["id"] for one in notebook["cells"]}
    assert not unknown, f"no such cells: {unknown}"
    return notebook
