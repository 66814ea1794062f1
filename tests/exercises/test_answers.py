"""The answers to every exercise in one process: quick enough to try them on more than one class."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from course_utils.checks.registry import WEEKS
from tests.exercises.classroom import ROOT, environment, whole_class

# What one answer leaves behind in this process must not slow the next one down.
SCRIPT = """
import gc, json, sys
import keras
from tests.exercises.classroom import answered, whole_class
from tests.exercises.quick import reports, run
import time

results = {}
answers = whole_class()
for answer in (answers[int(number)] for number in sys.argv[1:]):
    done = run(answered(answer))
    started = time.process_time()
    found = reports(done.namespace, answer.week)
    checks = time.process_time() - started
    score = sum(hidden.earned for visible, hidden in found if visible.earned)
    cells = sum(seconds for cell, seconds in done.seconds.items() if cell != "import")
    results[f"{answer.week}/{answer.student}"] = {"score": score, "must": answer.score, "seconds": cells + checks}
    del done, found
    keras.utils.clear_session()
    gc.collect()
print(json.dumps(results))
"""


ANSWERS = whole_class()
REFERENCES = [number for number, answer in enumerate(ANSWERS) if answer.student == "reference"]
#: Another class, and every how many answers, from which on, one is tried in it, beside each reference solution: others
#: than those that test_marks.py grades.
CLASSES = {"the class of another year": (0, 6), "and of one more": (5, 20)}


def run_answers(secret: str, numbers: list[int]) -> dict[str, dict[str, float]]:
    """Grade the answers with these numbers as a class with this secret."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *map(str, numbers)],
        cwd=ROOT,
        env={**environment(ROOT / "_build" / "answers"), "COURSE_CLASS_SECRET": secret},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def graded(pytestconfig: pytest.Config) -> dict[str, dict[str, dict[str, float]]]:
    """What came of a sample of the answers, or with --slow of all, in each class."""
    every = pytestconfig.getoption("slow")
    return {
        secret: run_answers(secret, list(range(len(ANSWERS))) if every else sample(first, step))
        for secret, (first, step) in CLASSES.items()
    }


def sample(first: int, step: int) -> list[int]:
    """The numbers of each reference solution and of every `step`-th answer."""
    return sorted({*REFERENCES, *range(first, len(ANSWERS), step)})


def test_the_sample_holds_every_reference_and_wrong_answers_to_every_exercise() -> None:
    for first, step in CLASSES.values():
        chosen = [ANSWERS[number] for number in sample(first, step)]
        for week in WEEKS:
            mine = [answer for answer in chosen if answer.week == week]
            assert mine[0].student == "reference"
            assert len(mine) >= 2


# The tests of marks grade other answers as a class of their own; `make test-all` tries every answer in every class.
@pytest.mark.parametrize("secret", CLASSES)
def test_another_class_gives_the_same_marks(
    graded: dict[str, dict[str, dict[str, float]]], secret: str
) -> None:
    results = graded[secret]
    assert {name: result["score"] for name, result in results.items()} == {
        name: result["must"] for name, result in results.items()
    }
    slow = {name: result["seconds"] for name, result in results.items() if result["seconds"] > 5}
    assert not slow


def test_the_reference_solution_needs_at_most_0_8_seconds_of_computing(
    graded: dict[str, dict[str, dict[str, float]]],
) -> None:
    # CPU seconds, so that other work on the machine does not count; the best of four, for caches that are cold.
    times = [results["week1/reference"]["seconds"] for results in graded.values()]
    while min(times) > 0.8 and len(times) < 4:
        times.append(run_answers("the class of another year", [0])["week1/reference"]["seconds"])
    assert min(times) <= 0.8, times
