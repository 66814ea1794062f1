"""Answers to every exercise are graded by `course grade`, some by plain nbgrader, and get their marks and words."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from course_utils.checks import week_checks
from course_utils.checks.judging import show
from course_utils.checks.registry import WEEKS
from course_utils.checks.running import private_cases
from course_utils.checks.secret import generator
from tests.exercises.classroom import (
    ROOT,
    SECRET,
    Answer,
    answered,
    command,
    hand_in,
    make_course,
    nbgrader,
    whole_class,
)

ANSWERS = whole_class()
MOST = {week: sum(check.points for check in week_checks(week).values()) for week in WEEKS}
WRONG = [answer for answer in ANSWERS if answer.score < MOST[answer.week]]

every_week = pytest.mark.parametrize("week", WEEKS)

#: Every how many wrong answers one is graded; the classes of test_answers.py try others, and --slow all.
STEP = 3


def graded_answers(every: bool) -> list[Answer]:
    """The answers that `course grade` grades: each reference solution and a third of the others, or all."""
    return [
        answer
        for number, answer in enumerate(ANSWERS)
        if every or answer.student == "reference" or number % STEP == 1
    ]


def plainly_graded_answers(every: bool) -> list[Answer]:
    """The answers that plain nbgrader grades as well: a reference solution, and of each exercise a wrong answer.

    With `every`, all that get full marks and each fourth of the others.
    """
    step = 4 if every else 12
    wrong = [answer for number, answer in enumerate(ANSWERS) if number % step == 1 and answer in WRONG]
    if every:
        return [answer for answer in ANSWERS if answer in wrong or answer not in WRONG]
    first = {answer.week: answer for answer in reversed(wrong) if answer.score > 0}
    return [answer for answer in ANSWERS if answer in (ANSWERS[0], *first.values())]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Called by pytest: a sample of the answers, or with --slow all."""
    every = metafunc.config.getoption("slow")
    for name, choose in (("answer", graded_answers), ("plain_answer", plainly_graded_answers)):
        if name in metafunc.fixturenames:
            some = choose(every)
            metafunc.parametrize(name, some, ids=[f"{one.week}-{one.student}" for one in some])


def make_class(course: Path) -> None:
    """A course's folder where every exercise is released."""
    make_course(course)
    for week in WEEKS:
        nbgrader(course, "generate_assignment", week, "--force")


def grade(course: Path, answers: list[Answer]) -> None:
    """Grade a class by `course grade`, write the feedback, and export the marks."""
    for answer in answers:
        hand_in(course, answer)
    for week in WEEKS:
        command(course, "grade", week)
        command(course, "feedback", week)
    command(course, "export", "--out", str(course / "grades.csv"))


def grade_plainly(course: Path, answers: list[Answer]) -> None:
    """Grade a class by plain nbgrader, where everything runs in the student's own kernel."""
    for answer in answers:
        hand_in(course, answer)
    for week in WEEKS:
        nbgrader(course, "autograde", week)
    nbgrader(course, "export", "--to", str(course / "grades.csv"))


@pytest.fixture(scope="module")
def released(once: Any) -> Path:
    """A course's folder before anybody has answered."""
    return once("released", make_class)


@pytest.fixture(scope="module")
def answers(pytestconfig: pytest.Config) -> list[Answer]:
    """The answers in `graded`."""
    return graded_answers(pytestconfig.getoption("slow"))


@pytest.fixture(scope="module")
def graded(once: Any, released: Path, answers: list[Answer]) -> Path:
    """The course's folder after `course grade`, `course feedback` and `course export`."""

    def make(course: Path) -> None:
        shutil.copytree(released, course, dirs_exist_ok=True)
        grade(course, answers)

    return once("graded", make)


@pytest.fixture(scope="module")
def plainly_graded(once: Any, released: Path, pytestconfig: pytest.Config) -> Path:
    """The course's folder after plain nbgrader's autograde and export."""

    def make(course: Path) -> None:
        shutil.copytree(released, course, dirs_exist_ok=True)
        grade_plainly(course, plainly_graded_answers(pytestconfig.getoption("slow")))

    return once("plainly-graded", make)


def marks(course: Path, answer: Answer) -> tuple[float, float]:
    """Return the student's score, and the most that there is."""
    with (course / "grades.csv").open(encoding="utf-8") as file:
        rows = {(row["assignment"], row["student_id"]): row for row in csv.DictReader(file)}
    row = rows[answer.week, answer.student]
    return float(row["score"]), float(row["max_score"])


def outputs(graded: Path, answer: Answer) -> dict[str, str]:
    """Return what each check cell of the graded notebook says, by its id."""
    path = graded / "class" / "autograded" / answer.student / answer.week / f"{answer.week}.ipynb"
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


def test_every_answer_is_one_to_its_exercise() -> None:
    for answer in ANSWERS:
        assert answered(answer)["cells"], answer.student
        assert answer.phrase
        assert 0 <= answer.score <= MOST[answer.week]


@every_week
def test_some_answers_to_every_exercise_are_graded(week: str) -> None:
    assert (
        len([answer for answer in graded_answers(False) if answer.week == week]) > len(WRONG) / len(WEEKS) / 4
    )
    assert any(
        0 < answer.score < MOST[week] for answer in plainly_graded_answers(False) if answer.week == week
    )


def test_the_answer_gets_its_marks(graded: Path, answer: Answer) -> None:
    assert marks(graded, answer) == (answer.score, MOST[answer.week])


def test_plain_nbgrader_gives_the_same_marks(plainly_graded: Path, plain_answer: Answer) -> None:
    assert marks(plainly_graded, plain_answer) == (plain_answer.score, MOST[plain_answer.week])


def test_its_author_reads_why(graded: Path, answer: Answer) -> None:
    said = " ".join(" ".join(outputs(graded, answer).values()).split())
    assert answer.phrase in said


def test_the_feedback_page_lies_where_nbgrader_looks_for_it(graded: Path, answer: Answer) -> None:
    page = graded / "class" / "feedback" / answer.student / answer.week / f"{answer.week}.html"
    assert f"{answer.score:g} of {MOST[answer.week]:g}" in " ".join(page.read_text(encoding="utf-8").split())


@every_week
def test_no_two_answers_fail_the_same_steps(graded: Path, answers: list[Answer], week: str) -> None:
    assert len([answer for answer in WRONG if answer.week == week]) >= 10
    wrong = [answer for answer in answers if answer.week == week and answer in WRONG]
    failures = {answer.student: failed_steps(graded, answer) for answer in wrong}
    assert len(wrong) >= 3
    assert all(failures.values())
    assert len(set(failures.values())) == len(failures)


def test_every_check_speaks_to_its_author(graded: Path, answers: list[Answer]) -> None:
    for answer in (answer for answer in answers if answer in WRONG):
        for cell, text in outputs(graded, answer).items():
            assert "Part" in text, (answer.student, cell)
            assert "AssertionError" not in text
            if "✗" in text:
                assert "expected:" in text
                assert "found:" in text
                assert "Read again:" in text


@every_week
def test_no_hidden_value_is_shown(graded: Path, answers: list[Answer], week: str) -> None:
    hidden = hidden_numbers(week)
    assert len(hidden) > 20
    for answer in (answer for answer in answers if answer.week == week):
        for cell, text in outputs(graded, answer).items():
            shown = hidden & set(re.findall(r"\d+\.\d+", text))
            assert not shown, (answer.student, cell)


def hidden_numbers(week: str) -> set[str]:
    """Return every hidden number with four digits or more, as it would be printed."""
    cases = private_cases(week, ROOT)
    return printed(cases.hidden(generator(SECRET, week))) - printed(cases.visible())


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


@every_week
def test_the_gradebook_holds_every_check_with_its_points(graded: Path, week: str) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{graded / 'class' / 'gradebook.db'}") as gradebook:
        notebook = gradebook.find_notebook(week, week)
        points = [cell.max_score for cell in notebook.grade_cells]
    assert sorted(points) == sorted(check.points for check in week_checks(week).values())
    assert len(points) >= 8
