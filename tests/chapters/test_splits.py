"""Nothing is chosen by looking at test rows: chapters run with the test part sealed until they open it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from course_utils.book.execution import TIMEOUT
from tests.chapters.begun import BegunClient, seconds_for
from tests.chapters.reading import Chapter
from tests.chapters.test_shape import WITH_CODE

# A test part that can be counted and handed on, but not looked into.
SEAL = """
import dataclasses
from course_utils import data

class Sealed:
    def __init__(self, examples): self._count = len(examples)
    def __len__(self): return self._count
    def __getattr__(self, name): raise AssertionError(f"a look at the test part: {name}")

_open_digits = data.digits
data.digits = lambda flat=False: (lambda splits: dataclasses.replace(splits, test=Sealed(splits.test)))(
    _open_digits(flat=flat)
)
"""
OPENS_THE_TEST_PART = re.compile(r"\(test,|\btest\.(images|labels)|\.test\.(images|labels)")
WITH_SPLITS = [chapter for chapter in WITH_CODE if "data.digits(" in chapter.source]


def run_sealed(cells: list[NotebookNode], folder: Path, seconds: int | None = None) -> None:
    notebook = nbformat.v4.new_notebook(cells=[new_code_cell(SEAL), *cells])
    client = BegunClient(
        notebook,
        seconds,
        kernel_name="course-warm",
        timeout=TIMEOUT,
        resources={"metadata": {"path": str(folder)}},
    )
    # All kernels with the same variables are forked from one process, and pytest's changes with every test.
    client.execute(env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")})


def opened_at(chapter: Chapter) -> int:
    """How many cells come before the one that looks into the test part; all of them where none does."""
    looks = [index for index, cell in enumerate(chapter.code) if OPENS_THE_TEST_PART.search(cell.source)]
    return looks[0] if looks else len(chapter.code)


def test_there_are_chapters_with_a_test_part() -> None:
    assert "book/week1/from-scratch" in [chapter.page for chapter in WITH_SPLITS]


@pytest.mark.parametrize("chapter", WITH_SPLITS, ids=lambda chapter: chapter.page)
def test_all_is_chosen_before_the_test_part_is_opened(
    chapter: Chapter, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    before = chapter.code[: opened_at(chapter)]
    run_sealed(before, tmp_path, seconds_for(chapter.page, pytestconfig))
    # After that the choice stands, and nothing learns from a test row. (A failure shown on purpose may train anew.)
    later = "\n".join(cell.source for cell in chapter.code[opened_at(chapter) :])
    assert not re.search(r"\bbest_\w+(, \w+)* =", later)
    assert not re.search(r"\b(train\w*|fit|update)\([^)]*\btest\b", later)


def test_the_seal_holds(tmp_path: Path) -> None:
    counted = new_code_cell("digits = data.digits(flat=True)\nlen(digits.train), len(digits.test)")
    with pytest.raises(CellExecutionError, match="a look at the test part: images"):
        run_sealed([counted, new_code_cell("digits.test.images")], tmp_path)
    assert counted.outputs, "to count is no look"


def test_the_cell_that_opens_the_test_part_is_found() -> None:
    chapter = next(chapter for chapter in WITH_SPLITS if chapter.page.endswith("from-scratch"))
    assert 0 < opened_at(chapter) < len(chapter.code)
