"""The two hostile classes: ordinary test cells in a light course, and the checks of week 1."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook

from tests.exercises.classroom import Answer, make_course, nbgrader, wrong_answers
from tests.exercises.classroom import answered as answered_week
from tests.grading.classroom import cell
from tests.grading.hostile import course as light
from tests.grading.hostile import files, notebooks  # noqa: F401 - they note what they hand in
from tests.grading.hostile.attacks import Attack, read_attacks
from tests.grading.hostile.desk import BUILT, Desk
from tests.grading.hostile.run import (
    Place,
    canaries_in,
    grade,
    listening,
    make_place,
    outputs_of,
    write_feedback,
)

ORDINARY = [*read_attacks("honest"), *read_attacks("ordinary"), *BUILT]
WEEK = "week1"
CHECKS = [
    Attack("reference", "The reference solution of week 1", 30, 30, frozenset({"graded"}), reference=True),
    *(
        Attack(
            answer.student,
            f"Honest, in week 1: {answer.name}",
            answer.score,
            answer.score,
            frozenset({"graded"}),
        )
        for answer in wrong_answers(WEEK)
        if answer.student in ("loud", "no-units")
    ),
    *read_attacks("checks"),
]
#: Who hands in again, what, and what must come of it: nothing that was graded before is kept in silence.
AGAIN: dict[str, Callable[[Desk], None]] = {
    "all-right": lambda desk: desk.path.write_text("rubbish"),
    "helper-cells": lambda desk: desk.path.unlink(),
    "numpy-answers": lambda desk: desk.write(desk.blank() | {"cells": desk.blank()["cells"][:3]}),
    "nothing": lambda desk: desk.write(desk.right()),
}


def grade_light_class(root: Path) -> None:
    """Grade the class with ordinary test cells, then once more after some have handed in again."""
    place = make_place(root)
    light.make_course(place.course)
    with listening(place) as (port, calls):
        for attack in ORDINARY:
            desk = Desk(place.course, attack.student)
            desk.folder.mkdir(parents=True)
            if attack.build is not None:
                attack.build(desk)
            else:
                desk.write(_filled(place, _ordinary_notebook(place.course, attack), port))
        first = grade(place, light.ASSIGNMENT)
    write_feedback(place, light.ASSIGNMENT)
    first |= {"calls": calls, "read": _read(place.course, "", light.ASSIGNMENT, ORDINARY)}
    first["pages"] = {
        path.name: path.read_text(encoding="utf-8") for path in _instructors_pages(place.course)
    }
    for student, hand_in in AGAIN.items():
        hand_in(Desk(place.course, student))
    again = grade(place, light.ASSIGNMENT)
    _note(root, first=first, again=again)


def grade_week_1(root: Path) -> None:
    """Grade the class of week 1, whose cells are the course's own checks."""
    place = make_place(root)
    make_course(place.course)
    nbgrader(place.course, "generate_assignment", WEEK, "--force")
    answers = {answer.student: answer for answer in wrong_answers(WEEK)}
    with listening(place) as (port, calls):
        for attack in CHECKS:
            folder = place.course / "class" / "submitted" / attack.student / WEEK
            folder.mkdir(parents=True)
            answer = answers.get(attack.student)
            notebook = answered_week(answer) if answer else _week_notebook(attack)
            (folder / f"{WEEK}.ipynb").write_text(
                json.dumps(_filled(place, notebook, port)), encoding="utf-8"
            )
        first = grade(place, WEEK)
    write_feedback(place, WEEK)
    first |= {"calls": calls, "read": _read(place.course, "class", WEEK, CHECKS)}
    _note(root, first=first)


def _instructors_pages(course: Path) -> list[Path]:
    """Return the pages on the whole class."""
    return [
        path
        for path in course.rglob("*.html")
        if "submitted" not in path.parts and path.parent.name != light.ASSIGNMENT
    ]


def _ordinary_notebook(course: Path, attack: Attack) -> dict[str, Any]:
    right = {f"solve-{part}": light.RIGHT[part] for part in attack.solves}
    return light.answered(course, {**right, **attack.cells})


def _week_notebook(attack: Attack) -> dict[str, Any]:
    """Return the notebook of week 1 with the attack's cells, and around them the reference solution or nothing."""
    rest = Answer(attack.student, attack.name, 0, "", {}, blank=not attack.reference, week=WEEK)
    notebook = answered_week(rest)
    for one in notebook["cells"]:
        name = one["metadata"].get("nbgrader", {}).get("grade_id")
        one["source"] = attack.cells.get(name, one["source"])
    for name, position in (("first", 3), ("last", len(notebook["cells"]) - 1)):
        if name in attack.cells:
            notebook["cells"].insert(position, cell("code", name, attack.cells[name]))
    return notebook


def _filled(place: Place, notebook: dict[str, Any], port: int) -> dict[str, Any]:
    for one in notebook["cells"]:
        one["source"] = place.fill("".join(one["source"]), port)
    return notebook


def _read(course: Path, within: str, assignment: str, attacks: list[Attack]) -> dict[str, dict[str, Any]]:
    """Return what each student gets to read, the feedback pages, and what else the graded notebooks hold."""
    found = {}
    marks = _marks(course, assignment)
    for attack in attacks:
        shown, tests = outputs_of(course / within / "autograded" / attack.student / assignment)
        pages = sorted((course / within / "feedback" / attack.student).rglob("*.html"))
        feedback = "\n".join(page.read_text(encoding="utf-8", errors="replace") for page in pages)
        found[attack.student] = {
            "shown": shown[:2_000_000],
            "tests": tests[:2_000_000],
            "feedback": feedback[:5_000_000],
            "size": len(shown) + len(tests) + len(feedback),
            "canaries": sorted(canaries_in(shown + html.unescape(feedback))),
            "whole": _is_whole(course, within, attack.student, assignment),
            "mark": marks.get(attack.student),
        }
    return found


def _is_whole(course: Path, within: str, student: str, assignment: str) -> bool:
    """Return whether the graded notebook is a valid one, with the instructor's tests in it, as they were."""
    graded = course / within / "autograded" / student / assignment / f"{assignment}.ipynb"
    if not graded.is_file():
        return False
    notebook = nbformat.read(graded, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    (source,) = course.glob(f"so*/{assignment}/{assignment}.ipynb")
    return _tests(notebook) == _tests(nbformat.read(source, as_version=nbformat.NO_CONVERT))


def _tests(notebook: Any) -> list[tuple[str, str]]:
    cells = [(one, one.metadata.get("nbgrader", {})) for one in notebook.cells]
    return [
        (about.grade_id, one.source)
        for one, about in cells
        if about.get("grade") and not about.get("solution")
    ]


def _marks(course: Path, assignment: str) -> dict[str, float]:
    """Return what the gradebook says, by student."""
    (book,) = course.glob("**/gradebook.db")
    with Gradebook(f"sqlite:///{book}") as gradebook:
        return {one.student.id: one.score for one in gradebook.assignment_submissions(assignment)}


def _note(root: Path, **runs: dict[str, Any]) -> None:
    for name, run in runs.items():
        (root / f"{name}.json").write_text(json.dumps(run), encoding="utf-8")
