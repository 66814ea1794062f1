"""Grade a notebook in this process, cell by cell: what nbgrader's run comes to, without its kernels."""

from __future__ import annotations

import contextlib
import io
import time
from dataclasses import dataclass, field
from typing import Any

from course_utils.checks.registry import find, visible_case, week_checks
from course_utils.checks.report import Report, both
from course_utils.checks.running import evaluate, hidden_case
from tests.exercises.classroom import ROOT


@dataclass
class Run:
    """The namespace after a run, the errors on the way, and the CPU seconds of each cell by its id."""

    namespace: dict[str, Any]
    errors: dict[str, BaseException] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def run(notebook: dict[str, Any]) -> Run:
    """Run the cells that are neither checks nor the ends of the notebook, each whatever became of the others."""
    done = Run({"__name__": "__main__"})
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code" or cell["id"].startswith(("check-", "install", "submit")):
            continue
        started = time.process_time()
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                exec(compile("".join(cell["source"]), cell["id"], "exec"), done.namespace)
        except Exception as error:  # noqa: BLE001 - a student's cell may raise anything
            done.errors[cell["id"]] = error
        done.seconds[cell["id"]] = time.process_time() - started
    return done


def reports(namespace: dict[str, Any], week: str = "week1") -> list[tuple[Report, Report]]:
    """Return the visible and the hidden report of each check."""
    found = []
    for name in week_checks(week):
        visible = evaluate(find(name), namespace, visible_case(name))
        hidden = evaluate(find(name), namespace, hidden_case(name, ROOT), hidden=True)
        found.append((visible, both(visible, hidden)))
    return found
