"""Runs that are cut short: what was said and earned before is kept, and the cell and the reason are named."""

from __future__ import annotations

import time
from typing import Any

import pytest

from course_utils.checks.registry import visible_case
from course_utils.grading.jobs import Limits, Outcome, Ran
from course_utils.grading.running import hearing
from course_utils.grading.running.conductor import conduct
from course_utils.grading.running.verdicts import Cases, judge, read
from course_utils.grading.warm import Child, WarmParent
from tests.grading.running.notebooks import QUICK, a_test, checked, job, run, said

PREDICT = "def predict(features, weight, bias):\n    return weight * features + bias"
#: Loss is another check, whose cell comes later.
LOSS = """
import numpy as np
def mean_squared_error(labels, predictions):
    return np.mean((predictions - labels) ** 2)
"""
#: The public cases serve for both: what is hidden is the place where they are sent.
CASES = {name: visible_case(name) for name in ("week1.predict", "week1.loss")}
INPUTS = {name: case.inputs for name, case in CASES.items()}


def run_checked(parent: WarmParent, *cells: object, limits: Limits = QUICK) -> tuple[Outcome, list[float]]:
    """Run cells with checks; return what came of it and what each check cell brought."""
    made = job(*cells, visible=INPUTS, hidden=INPUTS, limits=limits)
    outcome = conduct(made, parent)
    most = {cell.id: 10.0 for cell in made.cells}
    return outcome, [verdict.score for verdict in judge(made, outcome, most, Cases(CASES, CASES)).values()]


DEATHS = {
    "os._exit": ("import os\nprint('last words')\nos._exit(3)", "ended itself (exit status 3)"),
    "a segmentation fault": ("print('last words')\nimport ctypes\nctypes.string_at(0)", "Segmentation fault"),
    "a signal": ("print('last words')\nimport os\nos.kill(os.getpid(), 9)", "Killed"),
    "a closed channel": (
        "print('last words')\nimport os, time\nos.closerange(3, 64)\ntime.sleep(60)",
        "closed its connection to the grader",
    ),
    "rubbish on the channel": (
        "print('last words')\nimport os\nfor descriptor in range(3, 64):\n    try:\n"
        "        os.write(descriptor, b'rubbish\\n')\n    except OSError:\n        pass",
        "what is no message",
    ),
    "a flood on the channel": (
        "print('last words')\nimport os\nwhile True:\n  for descriptor in range(3, 64):\n    try:\n"
        "        os.write(descriptor, b'x' * 65536)\n    except OSError:\n        pass",
        "wrote without end",
    ),
}


@pytest.mark.parametrize("name", DEATHS)
def test_what_was_earned_before_a_death_is_kept(parent: WarmParent, name: str) -> None:
    source, reason = DEATHS[name]
    outcome, scores = run_checked(
        parent,
        PREDICT,
        checked("week1.predict"),
        source,
        LOSS,
        checked("week1.loss"),
        limits=Limits(cell_seconds=5),
    )
    assert scores == [2, 0]
    assert [cell.ran for cell in outcome.cells] == [Ran.OK, Ran.OK, Ran.DIED, Ran.NOT_RUN, Ran.NOT_RUN]
    assert (outcome.ran, outcome.failing) == (Ran.DIED, "c")
    assert reason in outcome.reason
    assert "last words" in said(outcome.cells[2])


def test_recursion_without_end_costs_its_own_cell_alone(parent: WarmParent) -> None:
    # What becomes of it depends on the Python: a crash, an error, or no end.
    deep = """
import sys
sys.setrecursionlimit(10 ** 9)
class Deep:
    def __repr__(self):
        return repr([Deep()])
repr(Deep())
"""
    outcome, scores = run_checked(
        parent, PREDICT, checked("week1.predict"), deep, limits=Limits(cell_seconds=3, memory=2**30)
    )
    assert scores == [2]
    assert outcome.cells[2].ran in (Ran.DIED, Ran.ERROR, Ran.MEMORY, Ran.TIMEOUT)


def test_a_check_that_was_not_reached_says_why(parent: WarmParent) -> None:
    made = job("import os\nos._exit(1)", PREDICT, checked("week1.predict"), visible=INPUTS, hidden=INPUTS)
    verdict = judge(made, conduct(made, parent), {"c": 2}, Cases(CASES, CASES))["c"]
    text = verdict.outputs[0]["text"]
    assert "the notebook did not come this far" in " ".join(text.split())
    assert "exit status 1" in " ".join(text.split())
    assert verdict.outputs[1]["ename"] == "CheckFailed"


def test_a_death_in_a_check_costs_that_check_alone_and_what_follows(parent: WarmParent) -> None:
    lethal = "import os\ndef mean_squared_error(labels, predictions):\n    os._exit(1)"
    outcome, scores = run_checked(
        parent, PREDICT, checked("week1.predict"), lethal, checked("week1.loss"), "after = 1"
    )
    assert scores == [2, 0]
    assert (outcome.ran, outcome.failing, outcome.cells[-1].ran) == (Ran.DIED, "d", Ran.NOT_RUN)


def test_a_death_on_hidden_inputs_costs_that_check_alone(parent: WarmParent) -> None:
    lethal = """
import os
calls = []
def predict(features, weight, bias):
    calls.append(1)
    if len(calls) > 2:
        os._exit(1)
    return weight * features + bias
"""
    outcome, scores = run_checked(parent, lethal, checked("week1.predict"), LOSS, checked("week1.loss"))
    assert scores == [0, 3]
    assert outcome.ran is Ran.DIED
    assert outcome.reason.startswith("The run ended in the check week1.predict on hidden inputs: ")


class _Counting:
    """A parent that counts its children."""

    def __init__(self, parent: WarmParent) -> None:
        self.level, self._parent, self.children = parent.level, parent, 0

    def spawn(self, *arguments: Any) -> Child:
        self.children += 1
        return self._parent.spawn(*arguments)


def test_nothing_runs_a_third_time(parent: WarmParent) -> None:
    # The first child ends in a cell, the second on hidden inputs.
    lethal = """
import os
def predict(features, weight, bias):
    if weight == 5:
        os._exit(1)
    return weight * features + bias
"""
    hidden = {"week1.predict": {**INPUTS["week1.predict"], "weight": 5.0}}
    counting = _Counting(parent)
    made = job(lethal, checked("week1.predict"), "os._exit(1)", visible=INPUTS, hidden=hidden)
    outcome = conduct(made, counting)
    assert counting.children == 2
    assert (list(outcome.visible), list(outcome.hidden)) == ([("b", "week1.predict")], [])
    assert (outcome.ran, outcome.failing) == (Ran.DIED, "c")


def test_an_honest_run_needs_one_child(parent: WarmParent) -> None:
    counting = _Counting(parent)
    made = job(PREDICT, checked("week1.predict"), "1 / 0", visible=INPUTS, hidden=INPUTS)
    assert conduct(made, counting).ran is Ran.OK
    assert counting.children == 1


def test_a_cell_that_takes_too_long_and_yields_is_an_error_and_the_rest_goes_on(parent: WarmParent) -> None:
    outcome, scores = run_checked(
        parent,
        "print('begun')\nwhile True:\n    pass",
        PREDICT,
        checked("week1.predict"),
        limits=Limits(cell_seconds=1),
    )
    assert (outcome.cells[0].ran, outcome.ran, outcome.failing) == (Ran.TIMEOUT, Ran.OK, "a")
    assert outcome.reason == "The cell a was stopped: it took more than 1 seconds."
    assert "KeyboardInterrupt" in said(outcome.cells[0])
    assert scores == [2]


def test_a_cell_that_ignores_interrupts_is_killed_and_what_was_earned_is_kept(parent: WarmParent) -> None:
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass"
    outcome, scores = run_checked(
        parent, PREDICT, checked("week1.predict"), stubborn, "after = 1", limits=Limits(cell_seconds=1)
    )
    assert scores == [2]
    assert [cell.ran for cell in outcome.cells] == [Ran.OK, Ran.OK, Ran.TIMEOUT, Ran.NOT_RUN]
    assert (outcome.ran, outcome.failing) == (Ran.TIMEOUT, "c")
    assert "did not yield, and was killed" in outcome.reason


def test_the_time_of_the_whole_notebook_is_limited_and_what_was_earned_is_kept(parent: WarmParent) -> None:
    outcome, scores = run_checked(
        parent,
        PREDICT,
        checked("week1.predict"),
        "import time\ntime.sleep(60)",
        LOSS,
        checked("week1.loss"),
        limits=Limits(cell_seconds=30, submission_seconds=2),
    )
    assert scores == [2, 0]
    assert (outcome.ran, outcome.failing) == (Ran.TIMEOUT, "c")
    assert "The notebook was stopped in the cell c" in outcome.reason


def test_a_test_that_takes_too_long_brings_nothing(parent: WarmParent) -> None:
    endless = "def double(number):\n    while True:\n        pass"
    outcome = run(parent, endless, a_test("double(2)"), "after = 1", limits=Limits(cell_seconds=1))
    assert [cell.ran for cell in outcome.cells] == [Ran.OK, Ran.TIMEOUT, Ran.OK]


def test_what_goes_on_in_threads_and_at_exit_says_nothing_more(parent: WarmParent) -> None:
    lasting = """
import atexit, threading, time
def go_on():
    while True:
        print("still here")
        time.sleep(0.05)
threading.Thread(target=go_on).start()
atexit.register(lambda: print("goodbye"))
"""
    began = time.monotonic()
    outcome = run(parent, lasting, "1 + 1")
    assert time.monotonic() - began < 10
    assert outcome.ran is Ran.OK
    assert "goodbye" not in "".join(map(said, outcome.cells))


def test_gigantic_data_end_the_run_and_not_the_grader(
    parent: WarmParent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "MOST_COLLECTED", 2**20)
    vast = """
import course_utils.checks.plain as plain
plain.to_json = lambda data: "[" + "0," * 2**20 + "0]"
"""
    outcome, scores = run_checked(
        parent, PREDICT, checked("week1.predict"), vast + LOSS, checked("week1.loss")
    )
    assert scores == [0, 0]
    assert "its answers to a check took more than 1 MB" in outcome.reason


def test_data_of_many_parts_are_not_even_read() -> None:
    assert read("[" + "[]," * 2_000_000 + "[]]") is None
    assert read("[" * 100_000) is None
    assert read('{"a": 1e999}') == {"a": float("inf")}
    assert read('{"$array": "", "dtype": "float64", "shape": [0, 1000000000000000000000]}') is None


def test_the_grader_s_own_trouble_is_no_fault_of_the_student(parent: WarmParent) -> None:
    outcome = run(parent, "x = 1", files={"../outside.txt": b""})
    assert outcome.ran is Ran.FAULT
    assert "outside.txt" in outcome.reason
    ended = WarmParent(imports=(), sandbox="off").start()
    ended.close()
    outcome = run(ended, "x = 1")
    assert (outcome.ran, outcome.cells[0].ran) == (Ran.FAULT, Ran.NOT_RUN)
