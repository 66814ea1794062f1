"""A hostile class, graded in one run: each trick gets its verdict, and nothing leaks, remains or changes.

With HOSTILE_SANDBOX=landlock in the environment, on that level of the sandbox instead of the best. One honest
submission, files-and-processes, gets half of its points there: it makes a pool of processes.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections import Counter
from typing import Any

import pytest
from bs4 import BeautifulSoup

from course_utils.checks.running import private_cases
from course_utils.checks.secret import generator
from tests.exercises.classroom import ROOT
from tests.exercises.test_marks import printed
from tests.grading.hostile.attacks import Attack
from tests.grading.hostile.classes import AGAIN, CHECKS, ORDINARY, WEEK, grade_light_class, grade_week_1
from tests.grading.hostile.course import CANARIES, VICTIM
from tests.grading.hostile.run import breaches_in

Run = dict[str, Any]
#: What grading may write, beside the gradebook.
WRITTEN = re.compile(r"course/(class/)?((autograded|reports|feedback)(/|$)|(gradebook|course-grade)\.db$)")
#: Seconds for the whole hostile class, both courses, on two cores.
TIME_BAR = 90

each_attack = pytest.mark.parametrize("attack", ORDINARY, ids=lambda attack: attack.name)
each_attack_on_checks = pytest.mark.parametrize("attack", CHECKS, ids=lambda attack: attack.name)


@pytest.fixture(scope="module")
def light(once: Any) -> Run:
    """The run over the course with ordinary test cells."""
    return json.loads((once("hostile-light", grade_light_class) / "first.json").read_text())


@pytest.fixture(scope="module")
def again(once: Any) -> Run:
    """The second run, after some have handed in again."""
    return json.loads((once("hostile-light", grade_light_class) / "again.json").read_text())


@pytest.fixture(scope="module")
def week(once: Any) -> Run:
    """The run over week 1, with the course's own checks."""
    return json.loads((once("hostile-week", grade_week_1) / "first.json").read_text())


def row(run: Run, student: str) -> dict[str, Any]:
    """The one row of this student."""
    (found,) = [one for one in run["rows"] if one["student"] == student]
    return found


def hold(run: Run, attack: Attack) -> None:
    """Hold one attack to its verdict, and look through what its author gets to read."""
    found, read = row(run, attack.student), run["read"][attack.student]
    assert found["status"] in attack.status, found
    assert attack.at_least <= (found["score"] or 0) <= attack.at_most, found
    assert attack.reason in " ".join((found["reason"], *found["flags"])), found
    if found["status"] != "graded":
        assert found["reason"], found
    assert len(found["reason"]) <= 1000
    assert all(said.isprintable() for said in (found["reason"], *found["flags"]))
    if found["status"] in ("graded", "partial"):
        assert read["whole"]
        assert read["mark"] == found["score"]
    assert attack.reads in read["shown"]
    own = {CANARIES["another submission"], CANARIES["the gradebook"]}
    allowed = own if attack.student == VICTIM else set()
    assert set(read["canaries"]) <= allowed
    assert breaches_in(read["shown"] + read["tests"]) == []
    told = read["shown"] + html.unescape(read["feedback"]) + found["reason"]
    assert [phrase for phrase in attack.never if phrase != "BREACH" and phrase in told] == []


@each_attack
def test_the_attack_gets_its_verdict(light: Run, attack: Attack) -> None:
    hold(light, attack)


@each_attack_on_checks
def test_the_attack_on_the_checks_gets_its_verdict(week: Run, attack: Attack) -> None:
    hold(week, attack)
    if attack.hidden_inputs:
        read = week["read"][attack.student]
        page = BeautifulSoup(read["feedback"], "html.parser")
        for drawing in page.find_all("svg"):
            drawing.decompose()  # its coordinates are numbers of all kinds
        told = read["shown"] + read["tests"] + page.get_text(" ")
        assert hidden_forms() & set(re.findall(r"\d+(?:[.p]\d+)?", told)) == set()


def hidden_forms() -> set[str]:
    """Every hidden number of four digits or more, in the forms in which an attack may have told it."""
    cases = private_cases(WEEK, ROOT)
    numbers = printed(cases.hidden(generator(CANARIES["the class secret"], WEEK))) - printed(cases.visible())
    shifted = {str(int(float(number) * 1000)) for number in numbers}
    return (
        numbers
        | {number.replace(".", "p") for number in numbers}
        | {n for n in shifted if len(n) >= 4 and n[-3:] != "000"}
    )


def test_the_class_is_large_and_no_two_attacks_are_one() -> None:
    students = Counter(attack.student for attack in ORDINARY)
    names = Counter(attack.name for attack in (*ORDINARY, *CHECKS))
    assert [name for name, count in (students | names).items() if count > 1] == []
    assert len(ORDINARY) >= 60


@pytest.mark.parametrize("which", ["light", "again", "week"])
def test_every_student_has_one_row_and_nobody_else(which: str, request: pytest.FixtureRequest) -> None:
    run: Run = request.getfixturevalue(which)
    wanted = {attack.student for attack in (CHECKS if which == "week" else ORDINARY)}
    assert Counter(one["student"] for one in run["rows"]) == Counter(wanted)


@pytest.mark.parametrize("which", ["light", "again", "week"])
def test_nothing_outside_the_marks_is_changed(which: str, request: pytest.FixtureRequest) -> None:
    run: Run = request.getfixturevalue(which)
    assert [name for name in run["changed"] if not WRITTEN.match(name)] == []
    assert run["droppings"] == []


@pytest.mark.parametrize("which", ["light", "again", "week"])
def test_no_process_remains(which: str, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue(which)["processes"] == []


def test_nothing_reaches_the_instructor_s_terminal(light: Run) -> None:
    assert light["terminal"] == ""


@pytest.mark.parametrize("which", ["light", "week"])
def test_nobody_calls_out_of_the_sandbox(which: str, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue(which)["calls"] == []


@pytest.mark.parametrize("which", ["light", "week"])
def test_the_level_of_the_sandbox_is_recorded(which: str, request: pytest.FixtureRequest) -> None:
    run: Run = request.getfixturevalue(which)
    levels = {one["sandbox"] for one in run["rows"] if one["status"] in ("graded", "partial")}
    assert len(levels) == 1
    assert all(levels)


def test_the_exit_status_says_that_somebody_has_to_look(light: Run) -> None:
    assert light["status"] == 1


def test_the_whole_class_is_graded_in_time(light: Run, week: Run, record_property: Any) -> None:
    count, seconds = len(ORDINARY) + len(CHECKS), light["seconds"] + week["seconds"]
    load = max(light["load"], week["load"])
    record_property(
        "measured", f"the hostile class, {count} submissions: {seconds:.0f} s at a load of {load:.0f}"
    )
    # On a machine with other work to do, as when all tests run at once, each run takes its share longer.
    shares = [run["seconds"] / max(1.0, run["load"] / (os.cpu_count() or 1)) for run in (light, week)]
    assert sum(shares) <= TIME_BAR


def test_no_output_is_kept_without_bounds(light: Run) -> None:
    assert {name: read["size"] for name, read in light["read"].items() if read["size"] > 5_000_000} == {}


def test_no_script_of_a_student_is_alive_in_a_page(light: Run) -> None:
    pages = {**{student: read["feedback"] for student, read in light["read"].items()}, **light["pages"]}
    assert len(light["pages"]) >= 2
    assert "hostile-dropping" in pages["scripts-for-the-feedback-page"]
    found = {name: scripts(page) for name, page in pages.items()}
    assert {name: alive for name, alive in found.items() if alive} == {}


def scripts(page: str) -> list[str]:
    """The scripts of a student in a page: elements, handlers and addresses that hold an attack's marker."""
    soup = BeautifulSoup(page, "html.parser")
    found = [
        str(one)[:200]
        for one in soup.find_all(["script", "iframe", "object", "embed", "base", "meta", "form", "style"])
        if "hostile-dropping" in str(one)
    ]
    for one in soup.find_all(True):
        for name, value in one.attrs.items():
            text = " ".join(value) if isinstance(value, list) else str(value)
            active = name.lower().startswith("on") or re.match(r"\s*(javascript|data:text/html)", text, re.I)
            if active and "hostile-dropping" in text:
                found.append(f"{name}={text[:200]}")
    return found


@pytest.mark.parametrize("student", ["all-right", "helper-cells", "numpy-answers"])
def test_a_resubmission_that_is_worth_nothing_never_keeps_the_old_grade_in_silence(
    again: Run, light: Run, student: str
) -> None:
    assert row(light, student)["score"] == 6
    found = row(again, student)
    assert found["status"] not in ("unchanged", "fault")
    assert not found["score"] or found["reason"]
    assert found["score"] in (0, None) or found["status"] in ("ungradable", "missing")


def test_a_better_resubmission_is_graded_again(again: Run) -> None:
    found = row(again, "nothing")
    assert (found["score"], found["status"]) == (6, "graded")


def test_what_is_unchanged_is_not_graded_again_and_keeps_its_marks(again: Run, light: Run) -> None:
    graded = {one["student"]: one["score"] for one in light["rows"] if one["status"] == "graded"}
    kept = {one["student"]: one["score"] for one in again["rows"] if one["status"] == "unchanged"}
    assert {student: score for student, score in graded.items() if student not in AGAIN} == {
        student: score for student, score in kept.items() if student in graded
    }
