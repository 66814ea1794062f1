"""The page of the exercise says what the checks do."""

from __future__ import annotations

import re

from course_utils.checks import week_checks
from course_utils.checks.collecting import TIME_LIMIT
from tests.exercises.classroom import ROOT

PAGE = (ROOT / "book" / "week1" / "exercise.md").read_text(encoding="utf-8")


def test_the_table_lists_every_part_with_its_steps_and_points() -> None:
    rows = re.findall(r"(?m)^\| (\d+) \| `(\w+)` \| (\d+) \| (.*) \|$", PAGE)
    told = [
        (f"Part {number}, {name}", steps.split(" · "), float(points)) for number, name, points, steps in rows
    ]
    checks = week_checks("week1").values()
    assert told == [(check.title, list(check.steps), check.points) for check in checks]
    assert all(points == 1 for check in checks for points in check.steps.values())
    assert sum(check.points for check in checks) == 30
    assert "Thirty points" in PAGE


def test_the_time_limits_are_the_ones_told() -> None:
    assert TIME_LIMIT == 20
    assert "longer than twenty seconds (a training: a minute)" in PAGE


def test_the_page_opens_the_graded_notebook() -> None:
    assert ":::{launch} exercises/week1/week1.ipynb" in PAGE
