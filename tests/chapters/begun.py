"""Notebooks that are run a second time: the quick ones to their ends, of the others what fits into some seconds.

The build has run every cell of every chapter. What another run shows, in a fresh environment or with the test part
sealed, is shown by the first seconds of a long training as well; `make test-all` runs all to their ends.
"""

from __future__ import annotations

import time

import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError
from nbformat import NotebookNode

from course_utils.book.execution import read_report
from tests.conftest import ROOT

#: A page that the build ran in so many seconds is quick.
QUICK = 15
#: What a page that takes longer gets, in seconds, with TensorFlow imported.
GIVEN = 6


def seconds_for(page: str, config: pytest.Config) -> int | None:
    """How long to run a page's notebook: None, to its end, where it is quick, or not known, or with --slow."""
    took = read_report(ROOT).get(page, {}).get("seconds", 0)
    return None if config.getoption("slow") or float(str(took)) <= QUICK else GIVEN


class BegunClient(NotebookClient):
    """Runs a notebook to its end, or for `seconds` from its first cell: the cell then running is broken off.

    Raises where a cell does before that.
    """

    def __init__(self, notebook: NotebookNode, seconds: int | None, **options: object) -> None:
        super().__init__(notebook, **options)
        self._seconds = seconds
        self._end: float | None = None
        if seconds is not None:
            self.shutdown_kernel = "immediate"  # which would else wait for the cell that is broken off

    async def async_execute_cell(
        self, cell: NotebookNode, cell_index: int, **options: object
    ) -> NotebookNode:
        """Called for each cell in turn."""
        if self._seconds is None:
            return await super().async_execute_cell(cell, cell_index, **options)
        if self._end is None:
            self._end = time.monotonic() + self._seconds
        left = self._end - time.monotonic()
        if left <= 0:
            return cell
        self.timeout = max(1, round(left))
        try:
            return await super().async_execute_cell(cell, cell_index, **options)
        except CellTimeoutError:
            self._end = 0.0
            return cell
