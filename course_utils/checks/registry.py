"""What a check is, and which checks there are.

A check is a pair: `collect` runs beside the student's code and returns plain data; `judge` reads that data,
and nothing else of the student's, and returns the verdicts. The two need not run in one process (see
`plain.to_json`).
"""

import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from course_utils.checks.charts import Chart
from course_utils.checks.collecting import Data, Namespace
from course_utils.checks.discretion import mask, still, texts, vocabulary
from course_utils.checks.judging import Step, Wording, failed
from course_utils.checks.report import Report
from course_utils.errors import CourseError, UsageError

Inputs = Mapping[str, Any]
Expected = Mapping[str, Any]

#: The exercises that have checks: each has a package of its own beside this module.
WEEKS = tuple(sorted(part.name for part in pkgutil.iter_modules([str(Path(__file__).parent)]) if part.ispkg))


@dataclass(frozen=True)
class Case:
    """What a check is run on: inputs for the student's side, and what the trusted side expects of them."""

    inputs: Inputs
    expected: Expected


@dataclass(frozen=True)
class Check:
    """A named pair of collect and judge.

    `steps` gives each step's points by name, in order; `judge` returns exactly these steps. `chapter` is the
    page, and after # the section, that teaches what is checked. `chart`, where there is one, makes curves of the
    data collected on the visible inputs, for the feedback page.
    """

    name: str
    title: str
    steps: Mapping[str, float]
    chapter: str
    collect: Callable[[Namespace, Inputs], Data]
    judge: Callable[[Data, Inputs, Expected, Wording], list[Step]]
    chart: Callable[[Data, Inputs, Expected], Chart | None] | None = None

    @property
    def points(self) -> float:
        """The most points that the check can bring."""
        return sum(self.steps.values())

    def verdicts(
        self, data: object, case: Case, hidden: bool = False, source: str | None = None
    ) -> list[Step]:
        """Judge collected data, whatever it holds: what cannot be judged has failed.

        On hidden inputs the sentences give nothing of them away, whatever the data is (see `discretion`); `source`
        is the submitted code, whose lines may be quoted.
        """
        steps = self._judge(data, case, Wording(hidden))
        if not hidden:
            return steps
        allowed = vocabulary(self.name.split(".")[0]) | (*texts(case.expected), *map(str, case.inputs))
        masked = self._judge(mask(data, allowed.texts, source), case, Wording(hidden=True))
        if [step.name for step in masked] != [step.name for step in steps]:
            masked = steps
        return [still(_said(step, said), allowed, source) for step, said in zip(steps, masked, strict=True)]

    def _judge(self, data: object, case: Case, words: Wording) -> list[Step]:
        try:
            return self.judge(data, case.inputs, case.expected, words)  # type: ignore[arg-type]
        except Exception:  # noqa: BLE001 - whatever goes wrong in reading the student's data is a wrong answer
            found = "an answer that could not be read"
            return [failed(name, points, "plain numbers", found) for name, points in self.steps.items()]

    def report(self, data: object, case: Case, hidden: bool = False, source: str | None = None) -> Report:
        """Judge collected data, and draw it where that helps; on hidden inputs nothing is drawn."""
        steps = tuple(self.verdicts(data, case, hidden, source))
        chart = None if hidden else self._drawn(data, case)
        return Report(self.name, self.title, self.chapter, steps, hidden, chart)

    def _drawn(self, data: object, case: Case) -> Chart | None:
        if self.chart is None:
            return None
        try:
            return self.chart(data, case.inputs, case.expected)  # type: ignore[arg-type]
        except Exception:  # noqa: BLE001 - data that cannot be drawn has been judged already
            return None


def _said(step: Step, said: Step) -> Step:
    """Return the true verdict, with sentences that were made without what the student's code could have put in."""
    if step.passed == said.passed:
        return replace(step, expected=said.expected, found=said.found, hint=said.hint)
    return replace(step, found="another answer, on inputs that you do not see")


def find(name: str) -> Check:
    """Return the check called `name`, such as "week1.predict"."""
    week = name.split(".")[0]
    checks = week_checks(week) if week in WEEKS else {}
    if name not in checks:
        known = ", ".join(check for known_week in WEEKS for check in week_checks(known_week))
        raise UsageError(f"There is no check called {name!r}; there are: {known}.")
    return checks[name]


@cache
def week_checks(week: str) -> dict[str, Check]:
    """Return the checks of a week by name, in the order of the exercise."""
    module = importlib.import_module(f"course_utils.checks.{week}")
    return {check.name: check for check in module.CHECKS}


def visible_case(name: str) -> Case:
    """Return the visible inputs of a check, and what is expected of them: public data beside the checks."""
    case = _visible_cases(name.split(".")[0]).get(name)
    if case is None:
        raise CourseError(f"{name} has no visible case in course_utils/checks/cases: run `course release`.")
    return Case(case["inputs"], case["expected"])


@cache
def _visible_cases(week: str) -> dict[str, Any]:
    file = resources.files("course_utils.checks") / "cases" / f"{week}.json"
    return json.loads(file.read_text(encoding="utf-8"))
