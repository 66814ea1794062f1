"""Checks are collected in the student's process and judged outside of it; hidden inputs stay hidden."""

from __future__ import annotations

import contextlib
import io
import linecache
from dataclasses import replace
from typing import Any

import pytest

from course_utils.checks.judging import Wording
from course_utils.checks.registry import Case, find, visible_case
from course_utils.checks.running import CheckFailed, check, hidden_check
from course_utils.grading.jobs import CellOutcome, Job, Outcome, Ran
from course_utils.grading.running.conductor import conduct
from course_utils.grading.running.verdicts import Cases, Verdict, judge, load_cases, read, score_test
from course_utils.grading.warm import WarmParent
from tests.exercises.classroom import ROOT, SECRET
from tests.grading.running.notebooks import a_test, checked, job, said

PREDICT = "week1.predict"
#: Nowhere in the course's own sentences.
CANARY = "7391"
HIDDEN = Case(
    {"features": [1.0, 2.0, 5.0], "weight": 7391.0, "bias": 1.0},
    {
        "many": [7392.0, 14783.0, 36956.0],
        "one": 36956.0,
        "mistakes": {"the bias is missing": [7391.0, 14782.0, 36955.0]},
    },
)
RIGHT = "def predict(features, weight, bias):\n    return weight * features + bias"


def graded(parent: WarmParent, *cells: Any, hidden: Case = HIDDEN) -> tuple[Outcome, Verdict, Job]:
    """Run cells with one check, `week1.predict`; return the outcome, the verdict and the job."""
    visible = {PREDICT: visible_case(PREDICT)}
    made = job(*cells, visible={PREDICT: visible[PREDICT].inputs}, hidden={PREDICT: hidden.inputs})
    outcome = conduct(made, parent)
    cell = next(cell.id for cell in made.cells if cell.checks)
    return outcome, judge(made, outcome, {cell: 2.0}, Cases(visible, {PREDICT: hidden}))[cell], made


def everything(outcome: Outcome, verdict: Verdict) -> str:
    """Return all that a student gets to see."""
    reports = [str(report.to_data()) for report in verdict.reports]
    return "\n".join([*map(said, outcome.cells), *reports, str(verdict.outputs), outcome.reason])


def test_a_right_answer_gets_its_points_and_its_report(parent: WarmParent) -> None:
    outcome, verdict, _ = graded(parent, RIGHT, checked(PREDICT))
    assert outcome.cells[1] == CellOutcome("b", Ran.OK, outcome.cells[1].seconds)
    assert verdict.score == 2
    text, value = verdict.outputs
    assert text["text"].startswith("Part 3, predict: 2 of 2 points\n")
    assert "Part 3, predict on inputs that you do not see: 2 of 2 points\n" in text["text"]
    assert value["data"] == {"text/plain": "2.0"}


def test_an_answer_for_the_visible_inputs_alone_gets_nothing(parent: WarmParent) -> None:
    copied = f"def predict(features, weight, bias):\n    return {visible_case(PREDICT).expected['many']}"
    outcome, verdict, _ = graded(parent, copied, checked(PREDICT))
    assert (outcome.cells[1].ran, verdict.score) == (Ran.OK, 0)


SPIES = {
    "prints": "print(weight, file=sys.__stdout__)",
    "prints in a later cell": "seen.append(weight)",
    "writes to the channel": "os.write(channel(), json.dumps({'say': 'stream', 'content': "
    "{'name': 'stdout', 'text': str(weight)}}).encode() + b'\\n')",
    "displays": "get_ipython().display_pub.publish({'text/plain': str(weight)})",
    "writes a file": "open('seen.txt', 'w').write(str(weight))",
    "warns": "import warnings; warnings.warn(str(weight))",
    "starts a thread": "import threading; threading.Thread(target=lambda: print(weight, file=sys.__stdout__)).start()",
    "starts a process": "os.system(f'echo {weight} > seen.txt')",
    "leaves it to the exit": "import atexit; atexit.register(print, weight)",
}


@pytest.mark.parametrize("name", SPIES)
def test_hidden_inputs_cannot_be_told(parent: WarmParent, name: str) -> None:
    spy = f"""
import json, os, sys
seen = []
def channel():
    return next(d for d in range(3, 64) if os.path.exists(f"/proc/self/fd/{{d}}"))
def predict(features, weight, bias):
    {SPIES[name]}
    return weight * features + bias
"""
    look = "import os\nseen, os.path.exists('seen.txt') and open('seen.txt').read()"
    outcome, verdict, _ = graded(parent, spy, checked(PREDICT), look)
    assert CANARY not in everything(outcome, verdict)


def test_a_check_at_its_place_would_tell_a_later_cell(parent: WarmParent) -> None:
    # What sending hidden inputs last prevents.
    spy = f"seen = []\n{RIGHT.replace('return', 'seen.append(weight); return')}"
    collect = (
        f"from course_utils.checks import find\nfind('{PREDICT}').collect(globals(), {HIDDEN.inputs!r});"
    )
    outcome = conduct(job(spy, collect, "seen"), parent)
    assert CANARY in said(outcome.cells[2])


LEAKS = {
    "a class named after the input": "return type(f'H{weight:.0f}', (), {})()",
    "a kind of array named after the input": "return type(f'H{weight:.0f}', (np.ndarray,), {})((2,), dtype=object)",
    "an exception named after the input": "raise type(f'H{weight:.0f}', (Exception,), {})('no')",
    "the message of an exception": "raise ValueError(f'it was {weight:.0f}')",
    "the shape of an array": "return np.zeros((3, int(weight)))",
    "the shape of an empty array": "return np.zeros((0, int(weight)))",
    "the length of a list": "return [0] * (10_000 + int(weight))",
    "a list within lists": "return [['x', f'{weight:.0f}']]",
    "text": "return f'{weight:.0f}'",
    "a line made for the occasion": (
        "source = f'raise ValueError  # {weight:.0f}\\n'; import linecache; "
        "linecache.cache['made'] = (len(source), None, [source], 'made'); "
        "exec(compile(source, 'made', 'exec'), globals())"
    ),
}
#: What the functions of `course_utils.checks.collecting` give back, when a student's code makes them.
FORGED = {
    "a kind": {
        "many": {"answer": {"type": f"H{CANARY}"}},
        "one": {"answer": {"type": f"array of {CANARY} numbers, too many to look at"}},
    },
    "a kind with a value": {"many": {"answer": {"type": f"tensor {CANARY}", "value": [1.0]}}, "one": 0},
    "an error": {"many": {"error": {"type": CANARY, "message": CANARY, "line": CANARY}}, "one": {}},
    "a time that was up": {
        "many": {"error": {"type": "TimeLimit", "message": CANARY, "line": ""}},
        "one": {},
    },
    "a missing function": {
        "many": {"missing": True, "name": f"H{CANARY}"},
        "one": {"missing": True, "name": CANARY},
    },
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_report_on_hidden_inputs_gives_nothing_away(parent: WarmParent, name: str) -> None:
    # Right on the visible inputs, so that the hidden report is shown.
    leak = f"""
import numpy as np
def predict(features, weight, bias):
    if weight > 1000:
        {LEAKS[name]}
    return weight * features + bias
"""
    outcome, verdict, _ = graded(parent, leak, checked(PREDICT))
    assert len(verdict.reports) == 2
    assert CANARY not in everything(outcome, verdict)
    assert verdict.score == 0
    assert "expected:" in str(verdict.reports[1])


@pytest.mark.parametrize("name", FORGED)
def test_forged_data_give_nothing_away(name: str) -> None:
    checker = find(PREDICT)
    steps = checker.verdicts(FORGED[name], HIDDEN, hidden=True, source="")
    assert CANARY not in str(steps)
    assert not any(step.passed for step in steps)
    assert CANARY in str(checker.verdicts(FORGED[name], HIDDEN))


def test_the_course_s_own_words_carry_no_message() -> None:
    message = "half root slope bias bias half"
    forged = {"many": {"answer": {"type": message}}, "one": {"error": {"type": message, "line": message}}}
    assert message in str(find(PREDICT).verdicts(forged, HIDDEN))
    said = str(find(PREDICT).verdicts(forged, HIDDEN, hidden=True, source=""))
    assert message not in said
    assert said == said.replace("half", "").replace("bias bias", "")


def test_without_discretion_a_judge_tells_of_hidden_inputs(parent: WarmParent) -> None:
    told = []
    for leak in LEAKS.values():
        source = f"import numpy as np\ndef predict(features, weight, bias):\n    {leak}"
        outcome, _, _ = graded(parent, source, checked(PREDICT))
        steps = find(PREDICT).judge(
            read(outcome.hidden["b", PREDICT]), HIDDEN.inputs, HIDDEN.expected, Wording(hidden=True)
        )
        told.append(CANARY in str(steps))
    assert sum(told) >= 5


def test_an_error_on_hidden_inputs_names_its_kind_and_the_submitted_line(parent: WarmParent) -> None:
    broken = """
def predict(features, weight, bias):
    return weight * features + {3.0: bias, 7391.0: None}[weight]  # here
"""
    _, verdict, _ = graded(parent, broken, checked(PREDICT))
    assert "TypeError" in str(verdict.reports[1])
    assert "# here" in " ".join(str(verdict.reports[1]).split())


def test_what_the_names_meant_at_the_check_is_what_counts(parent: WarmParent) -> None:
    later = "def predict(features, weight, bias):\n    return 0"
    assert graded(parent, RIGHT, checked(PREDICT), later)[1].score == 2
    assert graded(parent, later, checked(PREDICT), RIGHT)[1].score == 0
    helper = (
        "def add(a, b):\n    return a + b\ndef predict(x, weight, bias):\n    return add(weight * x, bias)"
    )
    assert graded(parent, helper, checked(PREDICT), "del add, predict")[1].score == 2


def test_each_cell_is_judged_on_what_it_calls_and_on_what_the_names_mean_there(parent: WarmParent) -> None:
    copied = "import numpy as np\ndef predict(*_):\n    return np.array([1.0, 4.0, 10.0]) if np.ndim(_[0]) else 10.0"
    visible = {PREDICT: visible_case(PREDICT)}
    inputs = {"visible": {PREDICT: visible[PREDICT].inputs}, "hidden": {PREDICT: HIDDEN.inputs}}
    made = job(copied, checked(PREDICT), checked(PREDICT), RIGHT, checked(PREDICT), **inputs)
    alone = replace(made.cells[1], hidden=())
    made = replace(made, cells=(made.cells[0], alone, *made.cells[2:]))
    outcome = conduct(made, parent)
    assert list(outcome.hidden) == [("c", PREDICT), ("e", PREDICT)]
    verdicts = judge(made, outcome, dict.fromkeys("bce", 2.0), Cases(visible, {PREDICT: HIDDEN}))
    assert [verdicts[cell].score for cell in "bce"] == [2, 0, 2]
    assert [len(verdicts[cell].reports) for cell in "bce"] == [1, 2, 2]


ANSWERS = {
    "right": "return weight * features + bias",
    "no bias": "return weight * features",
    "a column": "return (weight * features + bias).reshape(-1, 1) if np.ndim(features) else weight * features + bias",
    "a list": "return list(weight * features + bias) if np.ndim(features) else weight * features + bias",
    "empty": "raise NotImplementedError()",
    "a slip": "return weigth * features",
    "copied": "return np.array([1.0, 4.0, 10.0]) if np.ndim(features) else 10.0",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_outputs_are_those_of_the_cell_itself(
    parent: WarmParent, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_CLASS_SECRET", SECRET)
    monkeypatch.setenv("COURSE_DIR", str(ROOT))
    source = f"import numpy as np\ndef predict(features, weight, bias):\n    {ANSWERS[name]}"
    cases = load_cases((PREDICT,), (PREDICT,), ROOT)
    _, verdict, _ = graded(parent, source, checked(PREDICT), hidden=cases.hidden[PREDICT])
    names: dict[str, Any] = {}
    linecache.cache["cell"] = (len(source), None, source.splitlines(keepends=True), "cell")
    exec(compile(source, "cell", "exec"), names)
    printed, error, points = io.StringIO(), "", 0.0
    with contextlib.redirect_stdout(printed):
        try:
            check(PREDICT, names)
            points = hidden_check(PREDICT, names)
        except CheckFailed as failed:
            error = str(failed)
    text, end = verdict.outputs
    assert text["text"] == printed.getvalue()
    assert (verdict.score, end.get("evalue", "")) == (points, error)


def test_scores_are_between_0_and_the_most() -> None:
    values = [0.5, -1.0, 3.0, float("nan"), float("inf"), float("-inf"), None]
    scores = [score_test(CellOutcome("a", Ran.OK, value=value), 2.0) for value in values]
    assert scores == [0.5, 0, 2, 0, 2, 0, 2]
    assert [score_test(CellOutcome("a", ran), 2.0) for ran in Ran if ran is not Ran.OK] == [0] * (
        len(Ran) - 1
    )


def test_no_data_whatever_make_judging_fail() -> None:
    made = job(RIGHT, checked(PREDICT), a_test("pass"), visible={PREDICT: {}}, hidden={PREDICT: {}})
    cases = Cases({PREDICT: visible_case(PREDICT)}, {PREDICT: HIDDEN})
    strange = [
        "",
        "[",
        "null",
        "1e999",
        "[[[]]]",
        '{"many": 3}',
        '{"many": {"answer": {"type": []}}}',
        "[" * 10_000,
    ]
    strange += [
        '{"many": {"answer": {"type": "array", "value": {"$array": "AAAA", "dtype": "bool", "shape": [3]}}}}'
    ]
    for text in strange:
        outcomes = tuple(CellOutcome(cell.id, Ran.OK) for cell in made.cells)
        outcome = Outcome(outcomes, visible={("b", PREDICT): text}, hidden={("b", PREDICT): text})
        verdicts = judge(made, outcome, {"b": 2, "c": 1}, cases)
        assert (verdicts["b"].score, verdicts["c"].score) == (0, 1), text
