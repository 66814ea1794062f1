"""What test cells call: `check` on the visible inputs, `hidden_check` on those made from the class secret.

How plain nbgrader scores a test cell decides what these do. It gives 0 for an error or for anything on
stderr, the number for a cell that ends in a number, and full marks for everything else. So a check ends in
the points earned, always as a plain number, and raises when nothing was earned: nothing turns into full
marks by accident.
"""

import importlib.util
import os
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.checks.collecting import Namespace
from course_utils.checks.registry import Case, Check, find, visible_case
from course_utils.checks.report import Report, both, record
from course_utils.checks.secret import class_secret, generator
from course_utils.errors import CourseError

CONFIG = "nbgrader_config.py"


class CheckFailed(AssertionError):
    """Nothing was earned. The message is the first step that failed, in one sentence."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows this instead of a traceback through the course's code, which helps no learner.
        return textwrap.wrap(f"CheckFailed: {self}", 80)


def check(name: str, namespace: Namespace) -> float:
    """Check the work on the visible inputs, print the report, and return the points earned so far.

    `namespace` is the notebook's `globals()`. Raises CheckFailed when nothing was earned.
    """
    return _finish(evaluate(find(name), namespace, visible_case(name)))


def hidden_check(name: str, namespace: Namespace) -> float:
    """Check the work on inputs made from the class secret, print the report, and return the points.

    A step counts when it is right on the visible and on the hidden inputs. The report holds no hidden value.
    """
    checked = find(name)
    hidden = evaluate(checked, namespace, hidden_case(name), hidden=True)
    return _finish(both(evaluate(checked, namespace, visible_case(name)), hidden))


def evaluate(checked: Check, namespace: Namespace, case: Case, hidden: bool = False) -> Report:
    """Collect and judge in this process."""
    return checked.report(checked.collect(namespace, case.inputs), case, hidden)


def hidden_case(name: str, course: Path | None = None) -> Case:
    """Return the hidden case of a check, from the assignment's private cases and the class secret."""
    week = name.split(".")[0]
    case = _hidden_cases(week, course or find_course(), class_secret())[name]
    return Case(case["inputs"], case["expected"])


def find_course() -> Path:
    """Return the course's folder: COURSE_DIR, or the nearest folder upwards that holds nbgrader_config.py."""
    named = os.environ.get("COURSE_DIR")
    if named:
        return Path(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / CONFIG).is_file():
            return folder
    raise CourseError(
        f"No {CONFIG} in {here} or above it: run this inside the course, or set COURSE_DIR to it."
    )


def private_cases(week: str, course: Path) -> Any:
    """Import solutions/WEEK/private/cases.py, which makes the inputs and what is expected of them."""
    path = course / "solutions" / week / "private" / "cases.py"
    if not path.is_file():
        raise CourseError(f"{path} is missing: hidden checks run only where the solutions are.")
    spec = importlib.util.spec_from_file_location(f"private_cases_{week}", path)
    if spec is None or spec.loader is None:
        raise CourseError(f"{path} cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def _hidden_cases(week: str, course: Path, secret: str) -> dict[str, Any]:
    hidden: Callable[[np.random.Generator], dict[str, Any]] = private_cases(week, course).hidden
    return hidden(generator(secret, week))


def _finish(report: Report) -> float:
    record(report)
    print(report)
    if report.earned <= 0:
        raise CheckFailed(f"{report.title}: 0 of {report.points:g} points. {report.first_failure()}")
    return report.earned
