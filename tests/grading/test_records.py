"""What a graded notebook says of its grading is read back whole, and read as if a student had written it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from course_utils.checks.judging import Step
from course_utils.checks.report import Report
from course_utils.grading.records import KEY, Run, read_reports, read_run, write_reports, write_run

STEPS = (Step("adds", 2.0, False, "3", "4", "Count."), Step("is quick", 1.0, True, "", ""))
RUN = Run("partial", "bubblewrap", 1.5, 1.2, 10**8, "The cell ran for 120 s.", "solve", ("Renamed.",))


def test_what_was_written_is_read_back() -> None:
    notebook: dict[str, Any] = {"metadata": {}, "cells": [{"metadata": {}}]}
    reports = [
        Report("w.add", "Part 1", "w/add#how", STEPS),
        Report("w.add", "Part 1", "w/add#how", STEPS, True),
    ]
    write_run(notebook, RUN)
    write_reports(notebook["cells"][0], reports)
    again = json.loads(json.dumps(notebook))
    assert read_run(again) == RUN
    assert list(read_reports(again["cells"][0])) == reports


@pytest.mark.parametrize(
    "kept",
    [
        None,
        7,
        [],
        {},
        {"status": 1, "reports": "x"},
        {"reports": [{"name": "a"}]},
        {
            "reports": [
                {"name": "a", "title": "", "chapter": "", "steps": [{"name": "b", "points": float("nan")}]}
            ]
        },
        {"reports": [{"name": "a", "title": "", "chapter": "", "steps": 3}]},
    ],
)
def test_what_has_another_shape_is_not_there(kept: Any) -> None:
    node = {"metadata": {KEY: kept}}
    assert read_run(node) is None
    assert read_reports(node) == ()
    assert read_reports({}) == ()


def test_a_run_s_numbers_are_numbers() -> None:
    run = read_run(
        {"metadata": {KEY: {"status": "graded", "seconds": float("inf"), "cpu_seconds": "1", "flags": 1}}}
    )
    assert run == Run("graded")
