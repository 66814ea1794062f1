"""Chapters run in their time, and the solutions that they fold away work after their own cells."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from course_utils.book import execution
from tests.chapters.reading import Chapter
from tests.chapters.test_shape import WITH_CODE
from tests.conftest import ROOT

ALL_CHAPTERS_SECONDS = 15 * 60
# A solution may be words alone; one that holds code has to run.
WITH_SOLUTIONS = [
    chapter
    for chapter in WITH_CODE
    if re.search(r"\{solution\}(?:(?!\n:::).)*?```python", chapter.source, re.S)
]


@pytest.mark.usefixtures("built_site")
@pytest.mark.parametrize("chapter", WITH_CODE, ids=lambda chapter: chapter.page)
def test_a_chapter_ran_in_its_time(chapter: Chapter, record_property: Callable[[str, object], None]) -> None:
    run = execution.read_report(ROOT)[chapter.page]
    record_property("measured", f"{chapter.page}: run in {run['seconds']:.0f} s")
    assert run["status"] == "ok"
    assert 0 < run["seconds"] <= execution.TIMEOUT


@pytest.mark.usefixtures("built_site")
def test_all_chapters_together_ran_in_their_time() -> None:
    report = execution.read_report(ROOT)
    seconds = {chapter.page: report[chapter.page]["seconds"] for chapter in WITH_CODE}
    assert sum(seconds.values()) <= ALL_CHAPTERS_SECONDS, seconds


@pytest.mark.usefixtures("built_site")
@pytest.mark.parametrize("chapter", WITH_SOLUTIONS, ids=lambda chapter: chapter.page)
def test_the_solutions_work_after_the_chapter(chapter: Chapter, tmp_path: Path) -> None:
    answers = execution.solutions_of(ROOT, chapter.page)
    assert answers, "a solution without Python code"
    # `course build --solutions`, with which `make test` begins, has run them in the chapter's own run.
    if not execution.solutions_ran(ROOT, chapter.page):
        notebook = nbformat.v4.new_notebook(metadata=chapter.notebook.metadata)
        notebook.cells = chapter.code + [nbformat.v4.new_code_cell(answer) for answer in answers]
        resources = {"metadata": {"path": str(tmp_path)}}
        NotebookClient(notebook, timeout=execution.TIMEOUT, resources=resources).execute()
