"""Small jobs for tests: notebooks in a line or two, and what the same cells would earn with nothing to protect them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from course_utils.grading.jobs import Cell, CellOutcome, Job, Kind, Limits, Outcome, Ran
from course_utils.grading.running.conductor import conduct
from course_utils.grading.warm import WarmParent

#: Too short for a loop without end to keep the tests waiting.
QUICK = Limits(cell_seconds=20, submission_seconds=60)


def student(source: str) -> tuple[Kind, str]:
    return Kind.STUDENT, source


def locked(source: str) -> tuple[Kind, str]:
    return Kind.LOCKED, source


def a_test(source: str) -> tuple[Kind, str]:
    return Kind.TEST, source


def checked(*names: str) -> tuple[Kind, tuple[str, ...]]:
    return Kind.CHECK, names


def job(*cells: Any, **about: Any) -> Job:
    """Return a job of the cells, called a, b, c, …; text alone is a student's cell."""
    made = []
    for number, cell in enumerate(cells):
        kind, what = cell if isinstance(cell, tuple) else student(cell)
        checks = what if kind is Kind.CHECK else ()
        hidden = tuple(name for name in checks if name in about.get("hidden", {}))
        made.append(Cell(chr(ord("a") + number), kind, "" if checks else what, checks, hidden))
    about.setdefault("limits", QUICK)
    return Job("test/ada/test", tuple(made), **about)


def run(parent: WarmParent, *cells: Any, **about: Any) -> Outcome:
    """Run the cells."""
    return conduct(job(*cells, **about), parent)


def said(cell: CellOutcome) -> str:
    """Return all that a cell says: text, errors, and plain representations."""
    parts = []
    for output in cell.outputs:
        parts += [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", ())]
        parts.append(str(output.get("data", {}).get("text/plain", "")))
    return "\n".join(filter(None, parts))


def naive_score(parent: WarmParent, *cells: Any, **about: Any) -> float:
    """Return what the last cell, a test of 1 point, earns where tests run in IPython and outputs are judged."""
    plain = [student(what) if kind is Kind.TEST else (kind, what) for kind, what in map(_pair, cells)]
    last = run(parent, *plain, **about).cells[-1]
    return 0.0 if last.ran is not Ran.OK else _by_outputs(last.outputs)


def _pair(cell: Any) -> tuple[Kind, Any]:
    return cell if isinstance(cell, tuple) else student(cell)


def _by_outputs(outputs: Iterable[Mapping[str, Any]]) -> float:
    """Do as nbgrader's determine_grade: the first error or result decides."""
    for output in outputs:
        if output["output_type"] == "error":
            return 0.0
        if output["output_type"] == "execute_result":
            try:
                number = float(output["data"]["text/plain"])
            except ValueError:
                return 1.0
            return number if number >= 0 and not math.isnan(number) else 1.0
    return 1.0
