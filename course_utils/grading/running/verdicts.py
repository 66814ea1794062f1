"""From what came of a run to scores, reports and outputs: the judging, on the trusted side.

Here the cases are known, hidden ones with them; the student's process was not. What it handed in is text until
`course_utils.checks.plain` has read it, and data for the judges after that. Nothing in it can make judging fail.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.checks import plain
from course_utils.checks.judging import failed
from course_utils.checks.registry import Case, Check, find, visible_case
from course_utils.checks.report import Report, both
from course_utils.checks.running import CheckFailed, hidden_case
from course_utils.errors import CourseError
from course_utils.grading.jobs import Cell, CellOutcome, Job, Kind, Outcome, Ran
from course_utils.grading.running.outputs import error, stream

#: JSON that opens more lists and dictionaries than this would take the judge's memory, not tell it anything.
_MOST_PARTS = 1_000_000


@dataclass(frozen=True)
class Cases:
    """What the checks of an assignment are judged by."""

    visible: Mapping[str, Case]
    hidden: Mapping[str, Case]


@dataclass(frozen=True)
class Verdict:
    """What one graded cell brought.

    Attributes:
        score: between 0 and the cell's points.
        reports: for CHECK, as they were printed: of each check that on visible inputs, then that on hidden ones.
        outputs: for CHECK, the cell's outputs as nbformat 4 has them; for TEST, those of the run.
    """

    id: str
    score: float
    reports: tuple[Report, ...] = ()
    outputs: tuple[Mapping[str, Any], ...] = ()


def load_cases(visible: tuple[str, ...], hidden: tuple[str, ...], course: Path) -> Cases:
    """Return the cases by the names of the checks, the hidden ones made from the class secret.

    Raises:
        CourseError: there is no class secret, no private cases, or no such check.
    """
    return Cases(
        {name: visible_case(find(name).name) for name in visible},
        {name: hidden_case(find(name).name, course) for name in hidden},
    )


def judge(job: Job, outcome: Outcome, points: Mapping[str, float], cases: Cases) -> dict[str, Verdict]:
    """Judge every CHECK and TEST cell of the job; `points` are the most that each can bring, by the cell's id."""
    source = "\n".join(cell.source for cell in job.cells if cell.kind is Kind.STUDENT)
    verdicts = {}
    for cell, ran in zip(job.cells, outcome.cells, strict=True):
        most = points.get(cell.id, 0.0)
        if cell.kind is Kind.CHECK:
            verdicts[cell.id] = _judge_checks(cell, ran, outcome, most, cases, source)
        elif cell.kind is Kind.TEST:
            verdicts[cell.id] = Verdict(cell.id, score_test(ran, most), outputs=ran.outputs)
    return verdicts


def score_test(ran: CellOutcome, most: float) -> float:
    """Return what an ordinary test cell brings: nothing for an error, its number if it ends in one, else all.

    As nbgrader has it, save that text on stderr costs nothing, that NaN and numbers below 0 bring nothing, and that
    no number brings more than there is.
    """
    if ran.ran is not Ran.OK:
        return 0.0
    return most if ran.value is None else clamp(ran.value, most)


def clamp(score: float, most: float) -> float:
    """Return the score between 0 and the most; NaN is 0."""
    return 0.0 if math.isnan(score) else min(max(score, 0.0), most)


def _judge_checks(
    cell: Cell, ran: CellOutcome, outcome: Outcome, most: float, cases: Cases, source: str
) -> Verdict:
    """Do as the cell does: check after check, up to the first that brings nothing; the last one gives its value."""
    reports: list[Report] = []
    for name in cell.checks:
        check = find(name)
        data = outcome.visible.get((cell.id, name))
        visible = _report(check, data, cases.visible[name], False, source, ran, outcome)
        if name not in cell.hidden or visible.earned <= 0:
            reports.append(visible)
        else:
            data = outcome.hidden.get((cell.id, name))
            hidden = _report(check, data, cases.hidden[name], True, source, ran, outcome)
            reports += [visible, both(visible, hidden)]
        if reports[-1].earned <= 0:
            break
    if not reports:
        return Verdict(cell.id, 0.0)
    last = reports[-1]
    said = stream("stdout", "".join(f"{report}\n" for report in reports))
    if last.earned <= 0:
        problem = CheckFailed(f"{last.title}: 0 of {last.points:g} points. {last.first_failure()}")
        lines = problem._render_traceback_()
        end = error({"ename": "CheckFailed", "evalue": str(problem), "traceback": lines})
    else:
        end = {
            "output_type": "execute_result",
            "data": {"text/plain": repr(last.earned)},
            "metadata": {},
            "execution_count": None,
        }
    return Verdict(cell.id, clamp(last.earned, most), tuple(reports), (said, end))


def _report(
    check: Check,
    text: str | None,
    case: Case,
    hidden: bool,
    source: str,
    ran: CellOutcome,
    outcome: Outcome,
) -> Report:
    if text is None:
        found = _why_missing(ran, outcome)
        steps = tuple(failed(name, points, "", found) for name, points in check.steps.items())
        return Report(check.name, check.title, check.chapter, steps, hidden)
    return check.report(read(text), case, hidden, source)


def read(text: str) -> Any:
    """Return the data that a child handed in, or None where it cannot be read."""
    if text.count("[") + text.count("{") + text.count(",") > _MOST_PARTS:
        return None
    try:
        return plain.from_json(text)
    except (CourseError, MemoryError):
        return None


def _why_missing(ran: CellOutcome, outcome: Outcome) -> str:
    if ran.ran is Ran.NOT_RUN:
        return f"the notebook did not come this far. {outcome.reason}"
    if ran.ran is Ran.TIMEOUT:
        return "it took too long"
    return f"no answer. {outcome.reason}".strip()
