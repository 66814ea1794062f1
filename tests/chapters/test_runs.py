"""Chapters run in their time, and the solutions that they fold away work after their own cells."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from course_utils.book import notebooks
from course_utils.book.execution import TIMEOUT, read_report
from tests.chapters.reading import Chapter
from tests.chapters.test_shape import WITH_CODE
from tests.conftest import ROOT

ALL_CHAPTERS_SECONDS = 15 * 60
# A solution may be words alone; one that holds code has to run.
WITH_SOLUTIONS = [
    chapter for chapter in WITH_CODE if re.search(r"\{solution\}(?:(?!\n:::).)*?```python", chapter.source, re.S)
]


@pytest.mark.usefixtures("built_site")
@pytest.mark.parametrize("chapter", WITH_CODE, ids=lambda chapter: chapter.page)
def test_a_chapter_ran_in_its_time(chapter: Chapter, record_property: Callable[[str, object], None]) -> None:
    run = read_report(ROOT)[chapter.page]
    record_property("measured", f"{chapter.page}: run in {run['seconds']:.0f} s")
    assert run["status"] == "ok"
    assert 0 < run["seconds"] <= TIMEOUT


@pytest.mark.usefixtures("built_site")
def test_all_chapters_together_ran_in_their_time() -> None:
    report = read_report(ROOT)
    seconds = {chapter.page: report[chapter.page]["seconds"] for chapter in WITH_CODE}
    assert sum(seconds.values()) <= ALL_CHAPTERS_SECONDS, seconds


@pytest.mark.parametrize("chapter", WITH_SOLUTIONS, ids=lambda chapter: chapter.page)
def test_the_solutions_work_after_the_chapter(chapter: Chapter, tmp_path: Path) -> None:
    answers = notebooks.solutions(chapter.path)
    assert answers, "a solution without Python code"
    notebook = nbformat.v4.new_notebook(metadata=chapter.notebook.metadata)
    notebook.cells = chapter.code + [nbformat.v4.new_code_cell(answer) for answer in answers]
    NotebookClient(notebook, timeout=TIMEOUT, resources={"metadata": {"path": str(tmp_path)}}).execute()
