"""Nothing is chosen by looking at test rows: chapters run with the test part sealed until they open it."""

from __future__ import annotations

import dataclasses
import inspect
import os
import re
import typing
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from course_utils import data
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

def sealed(load):
    def loaded(*arguments, **options):
        splits = load(*arguments, **options)
        return dataclasses.replace(splits, test=Sealed(splits.test))
    return loaded

for name in LOADERS:
    setattr(data, name, sealed(getattr(data, name)))
"""
OPENS_THE_TEST_PART = re.compile(r"\(test,|\btest\.(images|labels|texts)")


def loaders() -> list[str]:
    """The names in `course_utils.data` of the functions that hand out a test part."""
    found = []
    for name in data.__all__:
        loader = getattr(data, name)
        if inspect.isfunction(loader):
            handed_out = typing.get_type_hints(loader)["return"]
            if dataclasses.is_dataclass(handed_out) and "test" in handed_out.__dataclass_fields__:
                found.append(name)
    return found


LOADERS = loaders()
_LOADS = re.compile(rf"\bdata\.({'|'.join(LOADERS)})\(")
WITH_SPLITS = [chapter for chapter in WITH_CODE if any(_LOADS.search(cell.source) for cell in chapter.code)]


def run_sealed(cells: list[NotebookNode], folder: Path, seconds: int | None = None) -> None:
    notebook = nbformat.v4.new_notebook(cells=[new_code_cell(f"LOADERS = {LOADERS}\n{SEAL}"), *cells])
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
    with_splits = {chapter.page.removeprefix("book/") for chapter in WITH_SPLITS}
    assert {"week1/from-scratch", "week3/dense-to-convolutional", "week3/photographs"} <= with_splits
    assert {"week3/streaming", "week4/judging-text"} <= with_splits


def test_all_loaders_with_a_test_part_are_known() -> None:
    assert {"digits", "fashion", "things", "sketches", "rock_paper_scissors", "remarks"} <= set(LOADERS)
    assert not {"small_clothes", "hands", "iris"} & set(LOADERS)


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


@pytest.mark.parametrize(
    ("loads", "looks"),
    [
        ("digits(flat=True)", "images"),
        ("fashion()", "images"),
        ("things()", "labels"),
        ("remarks(seed=2)", "texts"),
    ],
)
def test_the_seal_holds(loads: str, looks: str, tmp_path: Path) -> None:
    counted = new_code_cell(f"splits = data.{loads}\nlen(splits.train), len(splits.test)")
    with pytest.raises(CellExecutionError, match=f"a look at the test part: {looks}"):
        run_sealed([counted, new_code_cell(f"splits.test.{looks}")], tmp_path)
    assert counted.outputs, "to count is no look"


def test_the_cell_that_opens_the_test_part_is_found() -> None:
    chapter = next(chapter for chapter in WITH_SPLITS if chapter.page.endswith("from-scratch"))
    assert 0 < opened_at(chapter) < len(chapter.code)
