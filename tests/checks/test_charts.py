"""The curves that checks give to be drawn: finite, few, and never of hidden inputs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from course_utils.checks import find, visible_case, week_checks
from course_utils.checks.charts import MOST_POINTS, chart_from_data, curve
from course_utils.checks.report import Report
from tests.checks.test_checks import ANYTHING

DRAWN = [name for name, check in week_checks("week1").items() if check.chart]


def train(features: Any, labels: Any, learning_rate: float, steps: int) -> Any:
    weight, bias, losses = 0.0, 0.0, []
    for _ in range(steps):
        errors = weight * features + bias - labels
        losses.append(np.mean(errors**2))
        weight, bias = (
            weight - learning_rate * 2 * np.mean(errors * features),
            bias - learning_rate * 2 * np.mean(errors),
        )
    return weight, bias, losses


def test_the_losses_of_a_right_answer_lie_on_the_target() -> None:
    check, case = find("week1.train"), visible_case("week1.train")
    report = check.report(check.collect({"train": train}, case.inputs), case)
    assert report.chart is not None
    yours, target = report.chart.curves
    assert yours.y == pytest.approx(target.y)
    assert Report.from_data(report.to_data()) == report


def test_nothing_is_drawn_on_hidden_inputs() -> None:
    check, case = find("week1.train"), visible_case("week1.train")
    data = check.collect({"train": train}, case.inputs)
    assert check.report(data, case, hidden=True).chart is None


@pytest.mark.parametrize("name", DRAWN)
@given(data=ANYTHING)
@settings(max_examples=30, deadline=None)
def test_data_that_cannot_be_drawn_stops_no_report(name: str, data: Any) -> None:
    report = find(name).report(data, visible_case(name))
    for one in report.chart.curves if report.chart else ():
        assert np.isfinite([*one.x, *one.y]).all()


def test_a_curve_is_thinned_out_and_leaves_out_what_is_not_finite() -> None:
    long = curve("long", range(10_000))
    assert (len(long.x), long.x[0], long.x[-1]) == (MOST_POINTS, 0, 9999)
    assert curve("holes", [1, float("nan"), 3, float("inf")]).x == (0, 2)


@pytest.mark.parametrize(
    "change", [{"curves": 1}, {"curves": [{"x": [1], "y": ["<b>"]}]}, {"curves": [{"x": [1], "y": []}]}]
)
def test_a_chart_of_another_shape_is_not_read(change: dict[str, Any]) -> None:
    case = visible_case("week1.fit_spring")
    data = find("week1.fit_spring").collect({"fit_spring": lambda masses, lengths: (0.03, 12.0)}, case.inputs)
    chart = find("week1.fit_spring").report(data, case).chart
    assert chart is not None
    assert chart_from_data(asdict(chart)) == chart
    assert chart_from_data(asdict(chart) | change) is None
