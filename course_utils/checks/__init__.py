"""Checks of the students' work: what exercises call, and what a learner reads when it is not right yet.

In a test cell: `from course_utils.checks import check`, then `check("week1.predict", globals())`.
From a shell: `course check NOTEBOOK`, which calls `run_notebook`.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course_utils.checks.notebook import NotebookReport, run_notebook
    from course_utils.checks.registry import Case, Check, find, visible_case, week_checks
    from course_utils.checks.report import Report
    from course_utils.checks.running import CheckFailed, check, hidden_check

__all__ = [
    "Case",
    "Check",
    "CheckFailed",
    "NotebookReport",
    "Report",
    "check",
    "find",
    "hidden_check",
    "run_notebook",
    "visible_case",
    "week_checks",
]
_HOMES = {
    "Case": "registry",
    "Check": "registry",
    "CheckFailed": "running",
    "NotebookReport": "notebook",
    "Report": "report",
    "check": "running",
    "find": "registry",
    "hidden_check": "running",
    "run_notebook": "notebook",
    "visible_case": "registry",
    "week_checks": "registry",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(importlib.import_module(f"course_utils.checks.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'course_utils.checks' has no attribute {name!r}")
