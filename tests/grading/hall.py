"""A class whose marks stand in a real gradebook and whose notebooks are graded, made in a moment."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from course_utils.checks import find, visible_case
from course_utils.checks.report import Report
from course_utils.grading.records import Run, write_reports, write_run
from tests.grading.classroom import cell, open_book

DUE = datetime.datetime(2026, 9, 14, 12, 0)
TEST = "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(51) == 102\n### END HIDDEN TESTS"
ANSWER = "def double(number):\n    return 2 * number"
#: The assignment's cells that bring points: how many at most.
POINTS = {"test": 2.0, "checked": 5.0, "essay": 4.0}


def enter(course: Path) -> None:
    """Enter the assignment `hello`: an answer with a test and a check, and an essay that a person marks."""
    with open_book(course) as book:
        book.add_assignment("hello", duedate=DUE)
        book.add_notebook("hello", "hello")
        book.add_solution_cell("solve", "hello", "hello")
        for name in ("test", "checked"):
            book.add_grade_cell(name, "hello", "hello", max_score=POINTS[name], cell_type="code")
        book.add_grade_cell("essay", "hello", "hello", max_score=POINTS["essay"], cell_type="markdown")
        book.add_solution_cell("essay", "hello", "hello")
        for name, kind in (("solve", "code"), ("test", "code"), ("checked", "code"), ("essay", "markdown")):
            book.add_source_cell(
                name, "hello", "hello", cell_type=kind, source="", locked=name in ("test", "checked")
            )


def report(wrong: bool = False, hidden: bool = False) -> Report:
    """The report of a real check on an answer that is right, or that takes the steps uphill."""

    def train(features: Any, labels: Any, learning_rate: float, steps: int) -> Any:
        weight, bias, losses = 0.0, 0.0, []
        for _ in range(steps):
            errors = weight * features + bias - labels
            losses.append((errors**2).mean())
            rate = -learning_rate if wrong else learning_rate
            weight, bias = weight - rate * 2 * (errors * features).mean(), bias - rate * 2 * errors.mean()
        return weight, bias, losses

    check, case = find("week1.train"), visible_case("week1.train")
    return check.report(check.collect({"train": train}, case.inputs), case, hidden)


def hand_in(
    course: Path,
    student: str,
    scores: Mapping[str, float | None],
    *,
    notebook: dict[str, Any] | None = None,
    hours_late: float = -1,
    penalty: float | None = None,
    comments: Mapping[str, str] | None = None,
    **about: str,
) -> Path:
    """Enter what a student got, and write the graded notebook where there is one; return where that lies.

    A score of None waits for a person. Times are relative to the due date.
    """
    with open_book(course) as book:
        book.update_or_create_student(student, **about)
        came = DUE + datetime.timedelta(hours=hours_late)
        submission = book.update_or_create_submission("hello", student, timestamp=came)
        (graded,) = submission.notebooks
        graded.late_submission_penalty = penalty
        for grade in graded.grades:
            grade.auto_score = scores.get(grade.name)
            grade.needs_manual_grade = grade.auto_score is None
        for comment in graded.comments:
            comment.manual_comment = (comments or {}).get(comment.name)
        book.db.commit()
    path = course / "class" / "autograded" / student / "hello" / "hello.ipynb"
    if notebook is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def graded_notebook(
    *reports: Report,
    run: Run | None = None,
    answer: str = ANSWER,
    outputs: tuple[dict[str, Any], ...] = (),
    test_outputs: tuple[dict[str, Any], ...] = (),
    essay: str = "My answer.",
) -> dict[str, Any]:
    """A notebook as the grader leaves it."""
    test = {"grade": True, "locked": True}
    cells = [
        cell("markdown", "title", "# Hello"),
        cell("code", "solve", answer, solution=True),
        cell("code", "test", TEST, **test),
        cell("code", "checked", 'hidden_check("week1.train", globals())', **test),
        cell("markdown", "essay", essay, grade=True, solution=True),
    ]
    cells[1]["outputs"], cells[2]["outputs"] = list(outputs), list(test_outputs)
    write_reports(cells[3], reports)
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    if run is not None:
        write_run(notebook, run)
    return notebook


def failure(name: str, message: str, line: int) -> dict[str, Any]:
    """The output of a test cell that stopped at a line."""
    frame = [f"----> {line} assert …", f"{name}: {message}"]
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": frame}
