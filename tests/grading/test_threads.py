"""Submissions are judged in threads: what they share bears it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from course_utils.grading.jobs import Cell, Job, Kind
from course_utils.grading.running import rewriting

TEST = "\n".join(
    f"assert double({number}) == {2 * number}, [{number}, {{'a': {number}}}]" for number in range(60)
)


class Cycle:
    """Rubbish that is collected by running Python code, during which threads take turns."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        for _ in range(50):
            pass


@pytest.fixture
def turns() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*thresholds)


def test_test_cells_are_prepared_in_many_threads_at_once(turns: None) -> None:
    def prepare(number: int) -> str:
        for _ in range(100):
            Cycle()
        cell = Cell(f"test{number}", Kind.TEST, f"{TEST}\nx{number} = 1")
        try:
            rewriting.prepare_test(cell, Job("key", (cell,)), "guard")
        except SystemError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(prepare, range(16))) == {""}
