"""Chapters run once, again when their code changes, and say in one block what stopped them."""

import sys
from pathlib import Path
from textwrap import dedent

import pytest
from jupyter_cache import get_cache
from myst_nb.core.read import read_myst_markdown_notebook

from course_utils.book import execution
from course_utils.book.execution import ExecutionFailed, Run, execute

HEADER = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A book of no pages yet."""
    (tmp_path / "book").mkdir()
    (tmp_path / "course_utils").mkdir()
    (tmp_path / "_config.yml").write_text("parse: {myst_enable_extensions: [colon_fence]}\n")
    (tmp_path / "requirements.txt").write_text("numpy==2.0\n")
    return tmp_path


def write(checkout: Path, name: str, body: str) -> str:
    (checkout / "book" / f"{name}.md").write_text(HEADER + dedent(body))
    return f"book/{name}"


def run(checkout: Path, *names: str, solutions: bool = False) -> dict[str, Run]:
    return {one.page: one for one in execute(checkout, list(names), 2, lambda *_: None, solutions)}


CELL = """\
    # A page

    Text.

    ```{code-cell} python
    print(1 + 1)
    ```
    """


def test_a_chapter_is_run_once_and_again_when_its_code_changes(checkout: Path) -> None:
    page = write(checkout, "page", CELL)
    assert not run(checkout, page)[page].cached
    assert run(checkout, page)[page].cached
    write(checkout, "page", CELL.replace("Text", "Other words"))
    assert run(checkout, page)[page].cached, "new words need no new run"
    write(checkout, "page", CELL.replace("1 + 1", "1 + 2"))
    assert not run(checkout, page)[page].cached


def test_an_edited_chapter_runs_alone(checkout: Path) -> None:
    first, second = write(checkout, "first", CELL), write(checkout, "second", CELL.replace("1 + 1", "3"))
    run(checkout, first, second)
    write(checkout, "first", CELL.replace("1 + 1", "4"))
    runs = run(checkout, first, second)
    assert not runs[first].cached
    assert runs[second].cached


def test_a_change_of_what_chapters_stand_on_runs_them_again(checkout: Path) -> None:
    page = write(checkout, "page", CELL)
    run(checkout, page)
    plots = checkout / "course_utils" / "plots.py"
    plots.write_text("BLUE = 1\n")
    assert not run(checkout, page)[page].cached
    plots.unlink()
    assert run(checkout, page)[page].cached, "the outputs of the former state are kept"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="kernels are forked on Linux alone")
def test_chapters_with_tensorflow_begin_with_it_imported(checkout: Path) -> None:
    code = CELL.replace("print(1 + 1)", "assert 'tensorflow' in __import__('sys').modules\n    import keras")
    first, second = write(checkout, "first", code), write(checkout, "second", code + "\n    More.\n")
    runs = run(checkout, first, second, write(checkout, "light", CELL.replace("1 + 1", "5")))
    assert [one.failure for one in runs.values()] == [None] * 3
    write(checkout, "first", code.replace("import keras", "import keras, math"))
    with pytest.raises(ExecutionFailed, match="AssertionError"):
        run(checkout, first, second)


def test_a_chapter_that_raises_is_named_with_its_cell_and_its_error(checkout: Path) -> None:
    good = write(checkout, "good", CELL)
    bad = write(checkout, "bad", CELL + "\n    More.\n\n    ```{code-cell} python\n    1 / 0\n    ```\n")
    with pytest.raises(ExecutionFailed) as caught:
        run(checkout, good, bad)
    (failure,) = caught.value.failures
    assert str(failure) == "book/bad.md, code cell 2:\n\n    1 / 0\n\nZeroDivisionError: division by zero"
    assert execution.read_report(checkout)["book/bad"]["status"] == "failed"
    assert run(checkout, good)[good].cached, "the good chapter's run is kept"


def test_a_failure_on_purpose_is_none(checkout: Path) -> None:
    page = write(
        checkout,
        "page",
        "# A page\n\nText.\n\n```{code-cell} python\n---\ntags: [raises-exception]\n---\n1 / 0\n```\n",
    )
    assert run(checkout, page)[page].failure is None


def test_a_shown_traceback_does_not_say_where_this_machine_keeps_its_libraries(checkout: Path) -> None:
    call = "import nbformat; nbformat.reads('{', 4)"
    page = write(
        checkout,
        "page",
        f"# A page\n\nText.\n\n```{{code-cell}} python\n---\ntags: [raises-exception]\n---\n{call}\n```\n",
    )
    run(checkout, page)
    cache = get_cache(str(execution.cache_folder(checkout)))
    notebook = cache.merge_match_into_notebook(execution.read_notebook(checkout, page))[1]
    (error,) = next(cell for cell in notebook.cells if cell.cell_type == "code").outputs
    shown = "\n".join(error.traceback)
    assert ".venv/lib" in shown
    assert "python/lib" in shown
    assert sys.prefix not in shown
    assert sys.base_prefix.replace(str(Path.home()), "~") not in shown


def test_what_a_cell_prints_in_pieces_is_one_text(checkout: Path) -> None:
    body = """\
        # A page

        Text.

        ```{code-cell} python
        import time

        print("0.8", end="", flush=True)
        time.sleep(0.5)
        print(" kept")
        ```
        """
    page = write(checkout, "page", body)
    run(checkout, page)
    cache = get_cache(str(execution.cache_folder(checkout)))
    notebook = cache.merge_match_into_notebook(execution.read_notebook(checkout, page))[1]
    (printed,) = next(cell for cell in notebook.cells if cell.cell_type == "code").outputs
    assert printed.text == "0.8 kept\n"


def test_a_cell_that_never_ends_is_stopped(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "TIMEOUT", 2)
    page = write(checkout, "page", CELL.replace("print(1 + 1)", "while True: 0"))
    with pytest.raises(ExecutionFailed, match="more than 2 seconds"):
        run(checkout, page)


def test_a_kernel_that_dies_is_reported(checkout: Path) -> None:
    page = write(checkout, "page", CELL.replace("print(1 + 1)", "import os; os._exit(1)"))
    with pytest.raises(ExecutionFailed, match="The kernel died"):
        run(checkout, page)


SOLUTION = """
    :::{solution}
    ```python
    assert 1 + 1 == two
    ```
    :::
    """


def test_solutions_run_after_a_chapter_and_leave_no_trace(checkout: Path) -> None:
    page = write(checkout, "page", CELL.replace("print(1 + 1)", "two = 2; print(two)") + SOLUTION)
    assert run(checkout, page)[page].failure is None
    assert not execution.solutions_ran(checkout, page)
    assert not run(checkout, page, solutions=True)[page].cached, "it ran, but not its solutions"
    assert run(checkout, page, solutions=True)[page].cached
    assert execution.solutions_ran(checkout, page)
    cache = get_cache(str(execution.cache_folder(checkout)))
    cells = cache.merge_match_into_notebook(execution.read_notebook(checkout, page))[1].cells
    assert [cell.source for cell in cells if cell.cell_type == "code"] == ["two = 2; print(two)"]


def test_a_solution_that_raises_is_named_and_costs_the_chapter_nothing(checkout: Path) -> None:
    chapter = CELL.replace("print(1 + 1)", "two = 3")
    page = write(checkout, "page", chapter + SOLUTION.replace("assert 1 + 1 == two", "two = 4") + SOLUTION)
    with pytest.raises(ExecutionFailed) as caught:
        run(checkout, page, solutions=True)
    (failure,) = caught.value.failures
    assert str(failure) == "book/page.md, solution 2:\n\n    assert 1 + 1 == two\n\nAssertionError: "
    assert execution.read_report(checkout)["book/page"]["status"] == "ok"
    assert not execution.solutions_ran(checkout, page)
    assert run(checkout, page)[page].cached, "the chapter's own run is kept"


def test_a_chapter_whose_solution_changed_runs_again_where_solutions_are_asked_for(checkout: Path) -> None:
    page = write(checkout, "page", CELL.replace("print(1 + 1)", "two = 2") + SOLUTION)
    run(checkout, page, solutions=True)
    write(checkout, "page", CELL.replace("print(1 + 1)", "two = 2") + SOLUTION.replace("1 + 1", "4 - 2"))
    assert not execution.solutions_ran(checkout, page)
    assert run(checkout, page)[page].cached
    assert not run(checkout, page, solutions=True)[page].cached


def test_code_inside_a_box_is_not_a_cell(checkout: Path) -> None:
    page = write(checkout, "page", CELL + "\n    :::{note}\n    ```python\n    1 / 0\n    ```\n    :::\n")
    assert run(checkout, page)[page].failure is None


def test_a_chapter_that_has_no_cell_yet_starts_no_kernel(checkout: Path) -> None:
    page = write(checkout, "page", "# A page\n\nText.\n")
    assert run(checkout, page) == {}
    notebook = read_myst_markdown_notebook((checkout / "book" / "page.md").read_text())
    cache = get_cache(str(execution.cache_folder(checkout)))
    assert cache.match_cache_notebook(notebook), "MyST-NB finds it here, and does not run it"


def test_a_page_without_code_is_not_run(checkout: Path) -> None:
    (checkout / "book" / "plain.md").write_text("# Plain\n")
    assert run(checkout, "book/plain") == {}
