"""Nothing is chosen by looking at test rows: chapters run with the test part sealed until they open it."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from course_utils.book.execution import TIMEOUT
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


def run_sealed(chapter: Chapter, folder: Path, cells: int) -> None:
    notebook = nbformat.v4.new_notebook(metadata=chapter.notebook.metadata)
    notebook.cells = [nbformat.v4.new_code_cell(SEAL), *chapter.code[:cells]]
    NotebookClient(notebook, timeout=TIMEOUT, resources={"metadata": {"path": str(folder)}}).execute()


def opened_at(chapter: Chapter) -> int:
    """How many cells come before the one that looks into the test part; all of them where none does."""
    looks = [index for index, cell in enumerate(chapter.code) if OPENS_THE_TEST_PART.search(cell.source)]
    return looks[0] if looks else len(chapter.code)


def test_there_are_chapters_with_a_test_part() -> None:
    assert "book/week1/from-scratch" in [chapter.page for chapter in WITH_SPLITS]


@pytest.mark.parametrize("chapter", WITH_SPLITS, ids=lambda chapter: chapter.page)
def test_all_is_chosen_before_the_test_part_is_opened(chapter: Chapter, tmp_path: Path) -> None:
    run_sealed(chapter, tmp_path, opened_at(chapter))
    # After that the choice stands, and nothing learns from a test row. (A failure shown on purpose may train anew.)
    later = "\n".join(cell.source for cell in chapter.code[opened_at(chapter) :])
    assert not re.search(r"\bbest_\w+(, \w+)* =", later)
    assert not re.search(r"\b(train\w*|fit|update)\([^)]*\btest\b", later)


def test_the_seal_holds(tmp_path: Path) -> None:
    chapter = next(chapter for chapter in WITH_SPLITS if chapter.page.endswith("from-scratch"))
    with pytest.raises(CellExecutionError, match="a look at the test part"):
        run_sealed(chapter, tmp_path, opened_at(chapter) + 1)
