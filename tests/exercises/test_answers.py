"""The answers to every exercise in one process: quick enough to try them on more than one class."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.exercises.classroom import ROOT, environment

# What one answer leaves behind in this process must not slow the next one down.
SCRIPT = """
import gc, json, sys
import keras
from tests.exercises.classroom import answered, whole_class
from tests.exercises.quick import reports, run
import time

results = {}
for answer in whole_class()[slice(*map(int, sys.argv[1:]))]:
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


def run_answers(secret: str, stop: int, step: int = 1) -> dict[str, dict[str, float]]:
    """Grade the first `stop` answers, or every `step`-th of them, as a class with this secret."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "0", str(stop), str(step)],
        cwd=ROOT,
        env={**environment(ROOT / "_build" / "answers"), "COURSE_CLASS_SECRET": secret},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


# The tests of marks grade every answer as a class of their own; `make test-all` tries every answer here too.
@pytest.mark.parametrize(("secret", "step"), [("the class of another year", 2), ("and of one more", 5)])
def test_another_class_gives_the_same_marks(secret: str, step: int, pytestconfig: pytest.Config) -> None:
    results = run_answers(secret, sys.maxsize, 1 if pytestconfig.getoption("slow") else step)
    assert {name: result["score"] for name, result in results.items()} == {
        name: result["must"] for name, result in results.items()
    }
    slow = {name: result["seconds"] for name, result in results.items() if result["seconds"] > 5}
    assert not slow


def test_the_reference_solution_needs_at_most_0_8_seconds_of_computing() -> None:
    # CPU seconds, so that other work on the machine does not count; the best of three, for caches that are cold.
    times = []
    for _ in range(3):
        times.append(run_answers("the class of another year", 1)["week1/reference"]["seconds"])
        if min(times) <= 0.8:
            break
    assert min(times) <= 0.8, times
