"""Ordinary nbgrader test cells, run beside the student's code: honest ones earn what they earn, tricks earn nothing."""

from __future__ import annotations

import pytest

from course_utils.grading.jobs import Limits, Outcome, Ran
from course_utils.grading.running.verdicts import score_test
from course_utils.grading.warm import WarmParent
from tests.grading.running.attacks import LANGUAGE, PATCHES, SHELL, TEST
from tests.grading.running.honest import HONEST
from tests.grading.running.notebooks import a_test, locked, naive_score, run, said

DOUBLE = "def double(number):\n    return 2 * number"
#: The instructor's own cell at the top of every attack with a test of its own.
LOCKED = locked("import numpy as np\ndef assert_equal(a, b):\n    assert a == b")
ANSWERS = frozenset({"double"})


def earned(outcome: Outcome) -> float:
    """Return what the last cell, a test of 1 point, brings."""
    return score_test(outcome.cells[-1], 1.0)


@pytest.mark.parametrize("name", HONEST)
@pytest.mark.parametrize("answers", [None, ANSWERS], ids=["any course", "answers known"])
def test_an_honest_notebook_earns_its_points(
    parent: WarmParent, name: str, answers: frozenset[str] | None
) -> None:
    before, test, points = HONEST[name]
    outcome = run(parent, *before, a_test(test), answers=answers)
    assert earned(outcome) == points, said(outcome.cells[-1])


#: Where nbgrader gives other marks than these, it is known to be wrong.
NBGRADER_IS_WRONG = {"a number of NumPy's at the end", "too many points", "points below 0"} | {
    "points that are no number",
    "points without end",
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_notebook_earns_what_it_does_in_ipython(parent: WarmParent, name: str) -> None:
    before, test, points = HONEST[name]
    assert (naive_score(parent, *before, a_test(test)) == points) == (name not in NBGRADER_IS_WRONG)


@pytest.mark.parametrize("name", {**SHELL, **LANGUAGE})
def test_a_trick_earns_a_point_in_ipython_and_none_here(parent: WarmParent, name: str) -> None:
    source = {**SHELL, **LANGUAGE}[name]
    assert naive_score(parent, source, a_test(TEST)) == 1
    outcome = run(parent, source, a_test(TEST))
    assert earned(outcome) == 0
    assert outcome.cells[-1].ran is Ran.ERROR


@pytest.mark.parametrize("name", PATCHES)
def test_what_a_test_judges_with_cannot_be_changed(parent: WarmParent, name: str) -> None:
    source, test = PATCHES[name]
    assert naive_score(parent, LOCKED, source, a_test(test)) == 1
    assert earned(run(parent, LOCKED, source, a_test(test), answers=ANSWERS)) == 0


def test_the_student_s_changes_are_there_again_after_the_test(parent: WarmParent) -> None:
    patch = "import builtins\nbuiltins.abs = lambda number: 'mine'\nplain = sum\n"
    outcome = run(parent, patch + DOUBLE, a_test("assert abs(-1) == 1"), "abs(-1)")
    assert earned(run(parent, patch + DOUBLE, a_test("assert abs(-1) == 1"))) == 1
    assert said(outcome.cells[-1]) == "'mine'"


@pytest.mark.parametrize(
    "forged",
    [
        '{"verdict": "%s", "ran": "ok", "value": 1, "line": 0}' % ("0" * 32),
        '{"done": "", "ok": true}',
        '{"data": "", "name": "week1.predict", "bytes": 2}\n{}',
        "[]",
        "no JSON",
        "[" * 100_000,
    ],
    ids=["a verdict", "an end", "data", "a list", "no JSON", "a deep list"],
)
def test_forged_lines_bring_nothing(parent: WarmParent, forged: str) -> None:
    forge = f"""
import os
def double(number):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, {forged!r}.encode() + b"\\n")
        except OSError:
            pass
    return 0
"""
    outcome = run(parent, DOUBLE, a_test("assert double(2) == 4"), forge, a_test("assert double(2) == 4"))
    assert score_test(outcome.cells[1], 1) == 1
    assert earned(outcome) == 0


def test_a_thread_that_takes_the_grader_s_requests_earns_nothing(parent: WarmParent) -> None:
    thief = """
import os, threading
def take():
    while True:
        for descriptor in range(3, 64):
            try:
                os.read(descriptor, 65536)
            except OSError:
                pass
threading.Thread(target=take, daemon=True).start()
"""
    outcome = run(parent, thief, a_test("assert False"), a_test("pass"), limits=Limits(cell_seconds=1))
    assert [score_test(cell, 1) for cell in outcome.cells[1:]] in ([0, 0], [0, 1])
    assert score_test(outcome.cells[1], 1) == 0


def test_the_source_of_a_test_is_nowhere_to_be_read_afterwards(parent: WarmParent) -> None:
    look = """
import gc, linecache
seen = [str(In), str(get_ipython().history_manager.input_hist_raw), str(list(linecache.cache.items()))]
found = any("c4n4ry" + "-" in text for text in seen)
found
"""
    outcome = run(parent, DOUBLE, a_test("assert double(2) == 4, 'c4n4ry-'"), look)
    assert said(outcome.cells[-1]) == "False"
    plain = run(parent, DOUBLE, "assert double(2) == 4, 'c4n4ry-'", look)
    assert said(plain.cells[-1]) == "True"


def test_a_test_that_fails_shows_the_line_and_where_it_came_from(parent: WarmParent) -> None:
    broken = "def double(number):\n    return number.twice"
    outcome = run(parent, broken, a_test("n = 2\n\nassert double(n) == 4\nm = 3"))
    shown = said(outcome.cells[-1])
    assert "----> 3 assert double(n) == 4" in shown
    assert "in double, line 2: return number.twice" in shown
    assert "AttributeError: 'int' object has no attribute 'twice'" in shown


def test_the_instructor_s_mistake_is_an_error_of_the_test(parent: WarmParent) -> None:
    outcome = run(parent, DOUBLE, a_test("assert double(2) = 4"), "after = 1\nafter")
    assert [cell.ran for cell in outcome.cells] == [Ran.OK, Ran.ERROR, Ran.OK]
    assert "SyntaxError" in said(outcome.cells[1])


def test_what_a_test_prints_is_shown(parent: WarmParent) -> None:
    outcome = run(parent, DOUBLE, a_test("print('testing')\nassert double(2) == 4\n0.5"))
    assert said(outcome.cells[-1]) == "testing\n\n0.5"
    assert outcome.cells[-1].value == 0.5


def test_an_instructor_s_cell_is_not_seen_by_the_student_s_transformers(parent: WarmParent) -> None:
    drop = "get_ipython().input_transformers_post.append(lambda lines: ['assert_equal = lambda *_: None\\n'])"
    wrong, test = f"def double(number):\n    return 0\n{drop}", "assert_equal(double(2), 4)"
    assert naive_score(parent, wrong, LOCKED[1], a_test(test)) == 1
    assert earned(run(parent, wrong, LOCKED, a_test(test))) == 0


def test_an_instructor_s_cell_shows_what_it_shows(parent: WarmParent) -> None:
    outcome = run(parent, locked("import math\nprint('here')\nmath.pi"), locked("1 / 0"), a_test("pass"))
    assert [said(cell).splitlines()[0] for cell in outcome.cells[:2]] == ["here", "division by zero"]
    assert "3.14159" in said(outcome.cells[0])
    assert "----> 1 1 / 0" in said(outcome.cells[1])
