"""Every answer of week 1 goes through nbgrader's own commands, and gets the marks and the words that it must get."""

from __future__ import annotations

import csv
import html
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from course_utils.checks import week_checks
from course_utils.checks.judging import show
from course_utils.checks.running import private_cases
from course_utils.checks.secret import generator
from tests.exercises.classroom import ROOT, SECRET, Answer, hand_in, make_course, nbgrader, wrong_answers

REFERENCE = Answer("reference", "The reference solution", 30, "3 of 3 points", {})
ANSWERS = [REFERENCE, *wrong_answers()]
WRONG = [answer for answer in ANSWERS if answer.score < 30]


def grade_all(folder: Path) -> None:
    """Grade one half of the class in each of two course folders at once: nbgrader grades one student at a time."""

    def grade(number: int) -> None:
        course = make_course(folder / f"half{number}")
        for answer in ANSWERS[number::2]:
            hand_in(course, answer)
        nbgrader(course, "generate_assignment", "week1", "--force")
        nbgrader(course, "autograde", "week1")
        nbgrader(course, "generate_feedback", "week1")
        nbgrader(course, "export", "--to", str(course / "grades.csv"))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(grade, range(2)))


@pytest.fixture(scope="module")
def graded(once: Any) -> Path:
    """The two course folders after nbgrader's autograde, generate_feedback and export."""
    return once("week1-graded", grade_all)


def course_of(graded: Path, answer: Answer) -> Path:
    return graded / f"half{ANSWERS.index(answer) % 2}"


def outputs(graded: Path, answer: Answer) -> dict[str, str]:
    """Return what each check cell of the graded notebook says, by its id."""
    path = course_of(graded, answer) / "class" / "autograded" / answer.student / "week1" / "week1.ipynb"
    said = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        parts = [part for output in cell.get("outputs", []) for part in texts(output)]
        said[cell["id"]] = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(parts))
    return {cell: text for cell, text in said.items() if cell.startswith("check-")}


def texts(output: dict[str, Any]) -> list[str]:
    data = ["".join(value) for value in output.get("data", {}).values()]
    return [
        "".join(output.get("text", "")),
        str(output.get("evalue", "")),
        *output.get("traceback", []),
        *data,
    ]


def failed_steps(graded: Path, answer: Answer) -> frozenset[tuple[str, str]]:
    """Return the steps that brought no points: those marked in the last report of each check cell."""
    steps = set()
    for cell, text in outputs(graded, answer).items():
        last = re.split(r"(?m)^Part \d+, .*: [\d.]+ of [\d.]+ points$", text)[-1]
        steps |= {(cell, step) for step in re.findall(r"(?m)^  ✗ (.*) \(", last)}
    return frozenset(steps)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.student)
def test_the_answer_gets_its_marks(graded: Path, answer: Answer) -> None:
    with (course_of(graded, answer) / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert float(rows[answer.student]["score"]) == answer.score
    assert float(rows[answer.student]["max_score"]) == 30


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.student)
def test_its_author_reads_why(graded: Path, answer: Answer) -> None:
    path = course_of(graded, answer) / "class" / "feedback" / answer.student / "week1" / "week1.html"
    page = html.unescape(re.sub(r"<[^>]+>", "", path.read_text(encoding="utf-8")))
    assert answer.phrase in " ".join(page.split())


def test_no_two_answers_fail_the_same_steps(graded: Path) -> None:
    failures = {answer.student: failed_steps(graded, answer) for answer in WRONG}
    assert len(WRONG) >= 10
    assert all(failures.values())
    assert len(set(failures.values())) == len(failures)


def test_every_check_speaks_to_its_author(graded: Path) -> None:
    for answer in WRONG:
        for cell, text in outputs(graded, answer).items():
            assert "Part" in text, (answer.student, cell)
            assert "AssertionError" not in text
            if "✗" in text:
                assert "expected:" in text
                assert "found:" in text
                assert "Read again:" in text


def test_no_hidden_value_is_shown(graded: Path) -> None:
    hidden = hidden_numbers()
    assert len(hidden) > 100
    for answer in ANSWERS:
        for cell, text in outputs(graded, answer).items():
            shown = hidden & set(re.findall(r"\d+\.\d+", text))
            assert not shown, (answer.student, cell)


def hidden_numbers() -> set[str]:
    """Return every hidden number with four digits or more, as it would be printed."""
    cases = private_cases("week1", ROOT)
    return printed(cases.hidden(generator(SECRET, "week1"))) - printed(cases.visible())


def printed(value: Any) -> set[str]:
    """Return the numbers in nested plain data as text, where they have four digits or more."""
    if isinstance(value, dict):
        return set().union(*map(printed, value.values()))
    if isinstance(value, list):
        return set().union(*map(printed, value))
    if not isinstance(value, float):
        return set()
    forms = {str(abs(value)), show(abs(value)), f"{abs(value):.4g}"}
    return {form for form in forms if sum(character.isdigit() for character in form) >= 4}


def test_the_gradebook_holds_every_check_with_its_points(graded: Path) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course_of(graded, REFERENCE) / 'class' / 'gradebook.db'}") as gradebook:
        notebook = gradebook.find_notebook("week1", "week1")
        points = {cell.name: cell.max_score for cell in notebook.grade_cells}
    assert sum(points.values()) == 30
    assert len(points) == len(week_checks("week1")) >= 8
