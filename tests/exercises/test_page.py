"""The page of each exercise says what the checks do."""

from __future__ import annotations

import re

import pytest

from course_utils.checks import week_checks
from course_utils.checks.collecting import TIME_LIMIT
from course_utils.checks.registry import WEEKS
from tests.exercises.classroom import ROOT

every_week = pytest.mark.parametrize("week", WEEKS)


def page(week: str) -> str:
    return (ROOT / "book" / week / "exercise.md").read_text(encoding="utf-8")


@every_week
def test_the_table_lists_every_part_with_its_steps_and_points(week: str) -> None:
    rows = re.findall(r"(?m)^\| (\d+) \| `(\w+)` \| (\d+) \| (.*) \|$", page(week))
    told = [
        (f"Part {number}, {name}", steps.split(" · "), float(points)) for number, name, points, steps in rows
    ]
    checks = week_checks(week).values()
    assert told == [(check.title, list(check.steps), check.points) for check in checks]
    assert all(points == 1 for check in checks for points in check.steps.values())
    in_words = {30: "Thirty", 31: "Thirty-one"}[sum(check.points for check in checks)]
    assert f"{in_words} points" in page(week)


@every_week
def test_the_time_limits_are_the_ones_told(week: str) -> None:
    assert TIME_LIMIT == 20
    assert "A call that runs longer than twenty seconds" in page(week)


@pytest.mark.parametrize("week", ["week1", "week2"])
def test_a_check_that_trains_has_a_minute(week: str) -> None:
    assert "twenty seconds (a training: a minute)" in page(week)


@every_week
def test_the_page_opens_the_graded_notebook(week: str) -> None:
    assert f":::{{launch}} exercises/{week}/{week}.ipynb" in page(week)
