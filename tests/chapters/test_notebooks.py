"""The generated notebooks: true to their pages, and complete in a fresh environment."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from course_utils.book import notebooks
from course_utils.book.execution import solutions_of
from tests.chapters.begun import BegunClient, seconds_for
from tests.chapters.fresh import CURRENT, Fresh, interpreters, make_tools
from tests.chapters.reading import nodes, tags
from tests.chapters.test_shape import WITH_CODE
from tests.conftest import ROOT, Once

NOTEBOOKS = [chapter.page for chapter in WITH_CODE]
EXTRA = "course_utils[conversion]"
BINDER_TRIES = "book/week1/one-neuron"
EXERCISES = sorted((ROOT / "exercises").glob("*/*.ipynb"))
CODE = re.compile(r"^(`{3,})\w*\n.*?^\1$", re.M | re.S)
RAW = re.compile(r"^\s*:{3,}|^\s*`{3,}\{|\{\w+(:\w+)?\}`|^\(\S+\)=$", re.M)

every_notebook = pytest.mark.parametrize("page", NOTEBOOKS)
every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda path: path.stem)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Called by pytest: an environment for this Python, or with --slow for each one found."""
    if "fresh" in metafunc.fixturenames:
        found = interpreters(metafunc.config.getoption("slow"))
        metafunc.parametrize("fresh", found.items(), indirect=True, ids=[f"py{version}" for version in found])


@pytest.fixture(scope="session")
def fresh(request: pytest.FixtureRequest, once: Once) -> Fresh:
    """An environment that holds what the first cell of a notebook installs, and no more."""
    version, python = request.param
    environment = Fresh(version, python, once("fresh", make_tools))
    once(f"fresh-{version}", lambda _: environment.prepare_as_colab(read(NOTEBOOKS[0]).cells[0]))
    return environment


def read(page: str) -> NotebookNode:
    return nbformat.read(ROOT / f"{page}.ipynb", as_version=4)


@cache
def stale() -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in notebooks.stale(ROOT)]


@every_notebook
def test_a_notebook_is_what_its_page_makes(page: str) -> None:
    is_stale = f"{page}.ipynb" in stale()
    assert not is_stale, "run `course notebooks`"


def test_no_notebook_is_left_over() -> None:
    assert set(stale()) - {f"{page}.ipynb" for page in NOTEBOOKS} == set()


@every_notebook
def test_a_notebook_holds_no_markup_of_the_book(page: str) -> None:
    texts = [CODE.sub("", cell.source) for cell in read(page).cells if cell.cell_type == "markdown"]
    assert [match[0] for text in texts for match in RAW.finditer(text)] == []


@every_notebook
def test_a_notebook_holds_no_solution(page: str) -> None:
    text = "\n".join(cell.source for cell in read(page).cells)
    held = [code for code in solutions_of(ROOT, page) if code in text]
    assert held == []


@every_notebook
def test_a_notebook_is_clean(page: str) -> None:
    notebook = read(page)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))


def test_every_notebook_installs_in_the_same_way() -> None:
    """But for the extra that those of a week ask for which converts."""
    cells = {read(page).cells[0].source.replace(EXTRA, "course_utils") for page in NOTEBOOKS}
    asking = {page for page in NOTEBOOKS if EXTRA in read(page).cells[0].source}
    assert len(cells) <= 1
    assert asking == {page for page in NOTEBOOKS if page.startswith("book/week6/")}


@every_notebook
def test_a_notebook_runs_with_what_its_first_cell_installs(
    page: str, fresh: Fresh, once: Once, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    notebook = read(page)
    machine = as_asked_for(notebook.cells[0], fresh, once)
    # The first cell ran in a kernel that nothing was imported into, when the environment was made.
    machine.run(notebook, tmp_path, seconds=seconds_for(page, pytestconfig), warm=True)


def test_the_environment_is_a_colab_that_has_no_more(fresh: Fresh, tmp_path: Path) -> None:
    cells = [
        "import sys\nassert 'google.colab' in sys.modules and 'google' not in globals()",
        "assert 'tensorflow' in sys.modules",
        "import sphinx",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with pytest.raises(CellExecutionError, match="No module named 'sphinx'"):
        fresh.run(notebook, tmp_path, warm=True)


def as_asked_for(first: NotebookNode, fresh: Fresh, once: Once) -> Fresh:
    """A machine of its own where the first cell asks for what converts: the light one must not get it."""
    if EXTRA not in first.source:
        return fresh
    machine = Fresh(f"conversion-{fresh.name}", fresh.base, fresh.tools)
    once(f"fresh-{machine.name}", lambda _: machine.prepare_as_colab(first))
    return machine


def test_all_that_a_notebook_imports_is_installed(fresh: Fresh, once: Once) -> None:
    """Those too that a long notebook imports after what is run of it here."""
    for asking in (False, True):
        pages = [page for page in NOTEBOOKS if (EXTRA in read(page).cells[0].source) == asking]
        machine = as_asked_for(read(pages[0]).cells[0], fresh, once)
        run = subprocess.run(
            [machine.python, "-c", "\n".join(imports_of(pages))],
            check=False,
            capture_output=True,
            text=True,
            env=machine.variables,
        )
        assert run.returncode == 0, run.stderr


def imports_of(pages: list[str]) -> list[str]:
    """Every import of the pages' notebooks, as a line of Python; a failure shown on purpose may import anything."""
    cells = [cell for page in pages for cell in read(page).cells[1:] if cell.cell_type == "code"]
    sources = [cell.source for cell in cells if "raises-exception" not in tags(cell)]
    lines = {ast.unparse(node) for node in nodes(sources) if isinstance(node, ast.Import | ast.ImportFrom)}
    return sorted(lines)


def test_imports_are_found_wherever_they_stand() -> None:
    found = imports_of(NOTEBOOKS)
    assert "import keras" in found
    assert len(found) > 5


def test_a_notebook_is_broken_off_when_its_seconds_are_over(tmp_path: Path) -> None:
    cells = ["done = 1", "while True: pass", "1 / 0"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    BegunClient(notebook, 2, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert [cell.execution_count for cell in notebook.cells][::2] == [1, None]
    del notebook.cells[1]
    for seconds in (20, None):
        with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
            BegunClient(notebook, seconds, resources={"metadata": {"path": str(tmp_path)}}).execute()


def test_binder_has_what_a_chapter_needs(once: Once, tmp_path: Path) -> None:
    wanted = (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    found = interpreters(every=True)
    binder = Fresh("binder", found.get(wanted, found[CURRENT]))
    once("fresh-binder", lambda _: binder.prepare_as_binder())
    assert (binder.folder / "bin" / "jupyter-lab").is_file()
    binder.run(read(BINDER_TRIES), tmp_path)


@every_exercise
def test_an_unsolved_exercise_lacks_only_answers(exercise: Path, fresh: Fresh, tmp_path: Path) -> None:
    notebook = fresh.run(nbformat.read(exercise, as_version=4), tmp_path, allow_errors=True)
    errors = {
        output.ename
        for cell in notebook.cells[:-1]
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    }
    assert errors <= {"NotImplementedError", "CheckFailed"}


@every_exercise
def test_a_learner_checks_and_hands_in_with_the_light_core(
    exercise: Path, fresh: Fresh, once: Once, tmp_path: Path
) -> None:
    """With what the week's page on the exercise installs."""
    first = read(f"book/{exercise.parent.name}/exercise").cells[0]
    machine = as_asked_for(first, fresh, once)
    solved = tmp_path / exercise.name
    nbformat.write(solve(exercise), solved)
    checked = course(machine, "check", str(solved))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    handed_in = course(machine, "submit", str(solved), "--student", "ada")
    assert handed_in.returncode == 0, handed_in.stdout + handed_in.stderr
    assert (tmp_path / f"{exercise.parent.name}-ada.zip").is_file()


def solve(exercise: Path) -> NotebookNode:
    """The exercise with the reference answers in it, as a learner's copy would be."""
    reference = nbformat.read(ROOT / "solutions" / exercise.parent.name / exercise.name, as_version=4)
    answers = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in reference.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    notebook = nbformat.read(exercise, as_version=4)
    for cell in notebook.cells:
        key = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(key, cell.source)
    return notebook


def course(fresh: Fresh, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `course` as it is installed in the fresh environment."""
    program = fresh.python.parent / "course"
    return subprocess.run(
        [program, *arguments], check=False, capture_output=True, text=True, env=fresh.variables
    )


def test_the_fresh_environment_is_light(fresh: Fresh) -> None:
    program = "import importlib.metadata as m, json; print(json.dumps([d.name for d in m.distributions()]))"
    command = [fresh.python, "-c", program]
    listed = subprocess.run(command, check=True, capture_output=True, text=True, env=fresh.variables)
    names = {name.lower() for name in json.loads(listed.stdout)}
    assert {"course_utils", "tensorflow"} <= {name.replace("-", "_") for name in names}
    assert names & {"sphinx", "nbgrader", "jupyter-book", "jupytext", "playwright", "pytest"} == set()
