"""What a learner reads: the verdicts of one check, as text."""

import json
import math
import os
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from course_utils.checks.charts import Chart, chart_from_data
from course_utils.checks.judging import Step

#: Names a file that each check of a running notebook appends its report to, as a line of JSON.
REPORT_FILE = "COURSE_CHECK_REPORT"
_WIDTH = 80


@dataclass(frozen=True)
class Report:
    """The verdicts of one check, and a chart where one helps (never of hidden inputs)."""

    name: str
    title: str
    chapter: str
    steps: tuple[Step, ...]
    hidden: bool = False
    chart: Chart | None = None

    @property
    def points(self) -> float:
        """The most points that can be had."""
        return sum(step.points for step in self.steps)

    @property
    def earned(self) -> float:
        """The points earned, never more than `points`."""
        return round(min(sum(step.earned for step in self.steps), self.points), 3)

    @property
    def passed(self) -> bool:
        """Whether every step was passed."""
        return all(step.passed for step in self.steps)

    def first_failure(self) -> str:
        """Return the first failed step as one sentence, or an empty text."""
        for step in self.steps:
            if not step.passed:
                return f"{step.name} – expected: {step.expected}; found: {step.found}. {step.hint}".strip()
        return ""

    def __str__(self) -> str:
        where = " on inputs that you do not see" if self.hidden else ""
        lines = [f"{self.title}{where}: {self.earned:g} of {self.points:g} points"]
        for step in self.steps:
            mark = "✓" if step.passed else "✗"
            lines.append(f"  {mark} {step.name} ({step.earned:g} of {step.points:g})")
            if not step.passed:
                lines += (
                    _field("expected", step.expected)
                    + _field("found", step.found)
                    + _field("hint", step.hint)
                )
        if not self.passed:
            lines.append(f"  Read again: {link(self.chapter)}")
        return "\n".join(lines)

    def to_data(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {**asdict(self), "earned": self.earned, "points": self.points, "passed": self.passed}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Report":
        """Return the report that `to_data` wrote; ValueError for anything that it would not have written."""
        try:
            steps = tuple(_step(step) for step in data["steps"])
            name, title, chapter = (str(data[key]) for key in ("name", "title", "chapter"))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a report: {error!r}") from error
        return cls(
            name, title, chapter, steps, data.get("hidden") is True, chart_from_data(data.get("chart"))
        )


def both(visible: Report, hidden: Report) -> Report:
    """Return the hidden report in which a step counts only if it was passed on the visible inputs as well."""
    seen = {step.name: step.passed for step in visible.steps}
    steps = []
    for step in hidden.steps:
        if step.passed and not seen.get(step.name, False):
            step = replace(step, passed=False, found="right here, but not on the inputs that you see")
        steps.append(step)
    return replace(hidden, steps=tuple(steps))


def link(chapter: str) -> str:
    """Return where a chapter is to be read: its address where COURSE_SITE names the site, else its page."""
    page, _, section = chapter.partition("#")
    site = os.environ.get("COURSE_SITE", "").rstrip("/")
    if site:
        return f"{site}/book/{page}.html" + (f"#{section}" if section else "")
    return f"book/{page}" + (f", section “{section.replace('-', ' ')}”" if section else "")


def record(report: Report) -> None:
    """Append the report to the file that COURSE_CHECK_REPORT names, if it names one."""
    path = os.environ.get(REPORT_FILE)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(report.to_data()) + "\n")


def total(reports: Sequence[Report]) -> tuple[float, float]:
    """Return the points earned and the most that could be had."""
    return round(sum(report.earned for report in reports), 3), sum(report.points for report in reports)


def _step(data: Mapping[str, Any]) -> Step:
    points = data["points"]
    if type(points) not in (int, float) or not math.isfinite(points):
        raise ValueError("not a report: points that are no number")
    texts = (str(data.get(key, "")) for key in ("expected", "found", "hint"))
    return Step(str(data["name"]), float(points), data["passed"] is True, *texts)


def _field(name: str, text: str) -> list[str]:
    if not text:
        return []
    head = f"      {name + ':':<10}"
    return textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=" " * len(head)) or [head]
