"""Week 1 in the warm, separate process: every answer gets the score that plain nbgrader gives it, and reads why."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from course_utils.checks.registry import week_checks
from course_utils.grading.jobs import Cell, Job, Kind, Ran
from course_utils.grading.running.conductor import conduct
from course_utils.grading.running.verdicts import Cases, judge, load_cases
from course_utils.grading.warm import WarmParent
from tests.exercises.classroom import ROOT, SECRET, Answer, answered, whole_class

ANSWERS = [answer for answer in whole_class() if answer.week == "week1"]
CHECKS = tuple(week_checks("week1"))


@pytest.fixture(scope="module")
def with_tensorflow() -> Iterator[WarmParent]:
    with WarmParent(sandbox="off") as parent:
        yield parent


@pytest.fixture(scope="module")
def cases() -> Iterator[Cases]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_CLASS_SECRET", SECRET)
        yield load_cases(CHECKS, CHECKS, ROOT)


def points_and_checks() -> dict[str, tuple[float, str]]:
    """Return what each check cell is worth, and the name of its check, by its id."""
    source = json.loads((ROOT / "solutions" / "week1" / "week1.ipynb").read_text(encoding="utf-8"))
    graded = {}
    for cell in source["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        if about.get("grade"):
            name = re.search(r'check\("([^"]+)"', "".join(cell["source"]))
            assert name is not None
            graded[about["grade_id"]] = (about["points"], name.group(1))
    return graded


def handed_in(answer: Answer, cases: Cases) -> Job:
    """Return the job of a student's notebook."""
    graded = points_and_checks()
    cells = []
    for number, cell in enumerate(answered(answer)["cells"]):
        about: dict[str, Any] = cell["metadata"].get("nbgrader", {})
        name = about.get("grade_id", f"cell-{number}")
        if cell["cell_type"] != "code":
            continue
        if name in graded:
            cells.append(Cell(name, Kind.CHECK, checks=(graded[name][1],)))
        else:
            kind = Kind.LOCKED if about.get("locked") else Kind.STUDENT
            cells.append(Cell(name, kind, "".join(cell["source"])))
    visible, hidden = (
        {name: case.inputs for name, case in kept.items()} for kept in (cases.visible, cases.hidden)
    )
    return Job(f"week1/{answer.student}/week1", tuple(cells), visible, hidden)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.student)
def test_the_answer_gets_its_score_and_its_phrase(
    with_tensorflow: WarmParent, cases: Cases, answer: Answer
) -> None:
    job = handed_in(answer, cases)
    outcome = conduct(job, with_tensorflow)
    points = {name: worth for name, (worth, _) in points_and_checks().items()}
    verdicts = judge(job, outcome, points, cases)
    assert (outcome.ran, outcome.reason) == (Ran.OK, "")
    assert sum(verdict.score for verdict in verdicts.values()) == answer.score
    said = " ".join(
        text
        for verdict in verdicts.values()
        for output in verdict.outputs
        for text in (output.get("text", ""), output.get("evalue", ""))
    )
    assert answer.phrase in " ".join(said.split())
