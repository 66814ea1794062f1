"""A run that is killed at any moment, and started again: nothing is lost, nothing is done twice, nothing is left."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from course_utils import grading
from course_utils.errors import CourseError
from course_utils.grading import classrun, saving
from course_utils.grading.gradebook import ClassGradebook
from tests.grading.ordinary import answered, copied, hand_in, pristine

__all__ = ["pristine"]
STUDENTS = {f"student{number}": 5 - number % 2 * 2 for number in range(6)}
WRONG = {"solve": "def double(number):\n    return 4"}


@pytest.fixture
def course(pristine: Path, tmp_path: Path) -> Path:
    course = copied(pristine, tmp_path / "course")
    for student, score in STUDENTS.items():
        hand_in(course, student, answered(course, {} if score == 5 else WRONG))
    return course


def in_a_process(action: Callable[[], object]) -> int:
    """Start `action` in a forked process; return its id."""
    process = os.fork()
    if process == 0:
        try:
            os.setsid()
            silent = os.open(os.devnull, os.O_RDWR)
            os.dup2(silent, 2)
            action()
        finally:
            os._exit(0)
    return process


def descendants(process: int) -> set[int]:
    """Return the processes that `process` has started, and those that they have."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    found, more = set(), {process}
    while more:
        more = {child for child, parent in parents.items() if parent in more} - found
        found |= more
    return found


def wait_until_gone(processes: set[int], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while left := {one for one in processes if alive(one)}:
        assert time.monotonic() < end, (
            f"still there: {[Path(f'/proc/{one}/cmdline').read_bytes() for one in left]}"
        )
        time.sleep(0.05)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def require_whole(course: Path) -> None:
    """Require that a further run finds everybody graded, rightly, once, and that nothing else is there."""
    grades = grading.grade(course, "hw", jobs=2)
    assert {result.student: result.score for result in grades.results} == STUDENTS
    again = grading.grade(course, "hw", jobs=2)
    assert {str(result.status) for result in again.results} == {"unchanged"}
    with sqlite3.connect(course / "gradebook.db") as database:
        count = "SELECT count(*), count(DISTINCT student_id) FROM submitted_assignment"
        assert database.execute(count).fetchone() == (len(STUDENTS), len(STUDENTS))
        grades_there = database.execute("SELECT count(*) FROM grade").fetchone()[0]
    assert grades_there == 4 * len(STUDENTS)
    assert {path.name for path in (course / "autograded").iterdir()} == set(STUDENTS)
    assert {path.name for path in (course / "autograded").glob("*/*")} == {"hw"}
    files = {path.name for path in course.iterdir()}
    assert files == {
        *("source", "release", "submitted", "autograded", "reports"),
        *("gradebook.db", "course-grade.db", "nbgrader_config.py"),
    }
    assert {path.name for path in (course / "reports").iterdir()} == {"hw.html", "hw.csv"}


def dies(where: Any, name: str, when: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process be killed as by the system, before or after a function is called for the `count`th time."""
    function, calls = getattr(where, name), iter(range(1, 100))

    def deadly(*arguments: Any, **named: Any) -> Any:
        last = next(calls) == count
        if last and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*arguments, **named)
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    monkeypatch.setattr(where, name, deadly)


@pytest.mark.parametrize(
    ("where", "name", "when"),
    [
        (classrun, "stage", "after"),
        (saving, "_exchange", "after"),
        (classrun, "put_in_place", "after"),
        (ClassGradebook, "_write_grades", "after"),
        (ClassGradebook, "write", "after"),
    ],
)
def test_killed_between_any_two_steps_of_writing(
    course: Path, where: Any, name: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "_exchange":  # two folders change places only where there was one before
        grading.grade(course, "hw", jobs=2)

    def run() -> None:
        dies(where, name, when, 3, monkeypatch)
        grading.grade(course, "hw", jobs=2, force=name == "_exchange")

    process = in_a_process(run)
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status)
    require_whole(course)


def test_killed_at_random_moments_again_and_again(course: Path) -> None:
    generator = random.Random(time.time_ns())
    started: set[int] = set()
    for _ in range(6):
        process = in_a_process(lambda: grading.grade(course, "hw", jobs=2))
        time.sleep(generator.uniform(0.2, 4))
        started |= descendants(process)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    wait_until_gone(started)
    require_whole(course)


def test_whatever_process_below_is_killed_the_class_is_graded(course: Path) -> None:
    over = threading.Event()
    killed: list[int] = []
    others = descendants(os.getpid())

    def kill_some() -> None:
        generator = random.Random(time.time_ns())
        while not over.wait(0.3) and len(killed) < 3:
            victims = sorted(descendants(os.getpid()) - others)
            if victims and list((course / "autograded").glob("*/hw")):
                killed.append(generator.choice(victims))
                with contextlib.suppress(ProcessLookupError):
                    os.kill(killed[-1], signal.SIGKILL)

    killer = threading.Thread(target=kill_some, daemon=True)
    killer.start()
    try:
        grades = grading.grade(course, "hw", jobs=1)
    finally:
        over.set()
        killer.join()
    assert killed
    # That a child dies is what its student did, as far as anybody can see; parents are the grader's, and replaced.
    assert {result.student for result in grades.results} == set(STUDENTS)
    assert {str(result.status) for result in grades.results} <= {"graded", "partial", "fault"}
    assert sum(result.status == "graded" for result in grades.results) >= len(STUDENTS) - len(killed)
    final = grading.grade(course, "hw", jobs=2, force=True)
    assert {result.student: result.score for result in final.results} == STUDENTS


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_politely_it_says_what_is_kept(course: Path, number: signal.Signals, tmp_path: Path) -> None:
    def run() -> None:
        try:
            grading.grade(course, "hw", jobs=1)
        except CourseError as error:
            (tmp_path / "said").write_text(str(error))

    process = in_a_process(run)
    wait_for(lambda: list((course / "autograded").glob("*/hw")))
    started = descendants(process)
    os.kill(process, number)
    os.waitpid(process, 0)
    said = (tmp_path / "said").read_text()
    assert said.startswith("Stopped: ")
    assert "of 6 submissions are done and kept; run the same command again" in said
    assert not (course / "autograded" / ".course-grade").exists()
    wait_until_gone(started)
    require_whole(course)


def test_a_second_run_at_the_same_time_is_refused(course: Path) -> None:
    process = in_a_process(lambda: grading.grade(course, "hw", jobs=1))
    try:
        wait_for(lambda: (course / "autograded" / ".course-grade").exists())
        with pytest.raises(CourseError, match="Another `course grade`"):
            grading.grade(course, "hw")
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def wait_for(there: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end
        time.sleep(0.02)
