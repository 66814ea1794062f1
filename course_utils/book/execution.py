"""Runs the chapters: several at once, each only when its code or what it stands on has changed.

The outputs go to a jupyter-cache, where MyST-NB finds them when it builds the pages.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import nbclient
import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_client.kernelspec import KernelSpecManager
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from course_utils.book.myst import walk
from course_utils.book.pages import source
from course_utils.errors import CourseError

#: What a chapter may take, in seconds.
TIMEOUT = 120
_KEPT_CACHES = 3
# Chapters that import TensorFlow, directly or through the course's own package, are forked from one process that has.
_WARM_KERNEL = "course-warm"
_IMPORTS_TENSORFLOW = re.compile(r"^\s*(?:import|from) (?:tensorflow|keras|course_utils)\b", re.M)
# A chapter shows what these hold, so its outputs are stale when one of them changes.
_STANDS_ON = (
    "course_utils/__init__.py",
    "course_utils/prose.py",
    "course_utils/plots.py",
    "course_utils/data",
    "course_utils/checks",
    "requirements.txt",
)


@dataclass(frozen=True)
class Failure:
    """A chapter whose run stopped: where ("code cell 2", "solution 1"), and why, in a form that a person can read."""

    page: str
    place: str
    source: str
    error: str

    def __str__(self) -> str:
        code = "\n".join(f"    {line}" for line in self.source.splitlines())
        return f"{self.page}.md, {self.place}:\n\n{code}\n\n{self.error}"


@dataclass(frozen=True)
class Run:
    """What became of one chapter: its seconds, whether the cache had it, and the failure if there was one.

    `complete` says that all of its own cells ran, also where one of its solutions, which come after them, raised.
    """

    page: str
    seconds: float
    cached: bool
    failure: Failure | None = None
    complete: bool = True


class ExecutionFailed(CourseError):
    """One or more chapters raised."""

    def __init__(self, failures: list[Failure]) -> None:
        self.failures = failures
        super().__init__("\n\n".join(str(failure) for failure in failures))


def cache_folder(root: Path) -> Path:
    """Where the outputs for the code and the data of today are kept."""
    digest = hashlib.sha256()
    for name in _STANDS_ON:
        path = root / name
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.is_file() else []
        for file in files:
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    digest.update(os.environ.get("COURSE_DATA", "").encode())
    return root / "_build" / "execution" / digest.hexdigest()[:12]


def read_notebook(root: Path, page: str) -> NotebookNode | None:
    """The notebook of a page as MyST-NB reads it, or None when the page has no code."""
    notebook = _read(root, page)
    return notebook if notebook is not None and _has_code(notebook) else None


def _read(root: Path, page: str) -> NotebookNode | None:
    path = source(root, page)
    if not path.is_file():
        raise CourseError(f"{path} is missing: write it, or take its line out of _toc.yml.")
    text = path.read_text(encoding="utf-8")
    if not is_myst_markdown_notebook(text):
        return None
    # The same syntax as in the build, or a cell inside a ::: box would be taken for one of the page's own.
    settings = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    syntax = MdParserConfig(enable_extensions=set(settings["parse"]["myst_enable_extensions"]))
    return read_myst_markdown_notebook(text, syntax, add_source_map=True, path=str(path))


def _has_code(notebook: NotebookNode) -> bool:
    return any(cell.cell_type == "code" for cell in notebook.cells)


def execute(
    root: Path,
    names: list[str],
    jobs: int,
    report: Callable[[Run, int, int], None],
    solutions: bool = False,
) -> list[Run]:
    """Run every page of `names` that the cache does not hold, `jobs` at a time.

    With `solutions` also the code that a page folds away, after its own cells and without a trace in its outputs; a
    page whose solutions have not been run is then run again. `report(run, done, total)` is called as each one ends, in
    the order of ending. The runs of all pages are also kept in `_build/execution/report.json`.

    Raises `ExecutionFailed` with every failure after all pages have had their turn.
    """
    folder = cache_folder(root)
    folder.mkdir(parents=True, exist_ok=True)
    folder.touch()
    _drop_old_caches(folder)
    cache = get_cache(str(folder))
    waiting: dict[str, NotebookNode] = {}
    answers: dict[str, list[str]] = {}
    runs: list[Run] = []
    for page in names:
        notebook = _read(root, page)
        if notebook is None:
            continue
        if not _has_code(notebook):
            # A chapter that has its header, but no cell yet: unless it is in the cache, MyST-NB starts a kernel.
            _keep(cache, root, notebook, Run(page, 0.0, cached=False))
            continue
        answers[page] = solutions_of(root, page) if solutions else []
        run = _earlier_run(cache, page, notebook)
        if run is None or (answers[page] and not solutions_ran(root, page)):
            waiting[page] = notebook
        else:
            runs.append(run)
    total = len(runs) + len(waiting)
    for done, run in enumerate(runs, 1):
        report(run, done, total)
    warm = _pages_for_warm_kernels(waiting)
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        futures = {
            pool.submit(_run, page, notebook, page in warm, answers[page]): page
            for page, notebook in waiting.items()
        }
        for future in as_completed(futures):
            run = future.result()
            if run.complete:
                _keep(cache, root, waiting[run.page], run)
            if answers[run.page] and run.failure is None:
                _keep_solutions(root, run.page)
            runs.append(run)
            report(run, len(runs), total)
    _write_report(root, runs)
    if failures := [run.failure for run in runs if run.failure]:
        raise ExecutionFailed(failures)
    return runs


def _earlier_run(cache: JupyterCacheAbstract, page: str, notebook: NotebookNode) -> Run | None:
    try:
        record = cache.match_cache_notebook(notebook)
    except KeyError:
        return None
    return Run(page, float(record.data.get("execution_seconds", 0.0)), cached=True)


def _pages_for_warm_kernels(waiting: dict[str, NotebookNode]) -> set[str]:
    """The pages that save an import when they are run side by side: none where it is one page's alone."""
    pages = {
        page
        for page, notebook in waiting.items()
        if any(_IMPORTS_TENSORFLOW.search(cell.source) for cell in notebook.cells if cell.cell_type == "code")
    }
    # Elsewhere than on Linux a fork of a process that has imported TensorFlow is not to be relied on.
    usable = sys.platform.startswith("linux") and _WARM_KERNEL in KernelSpecManager().find_kernel_specs()
    return pages if usable and len(pages) > 1 else set()


def _keep(cache: JupyterCacheAbstract, root: Path, notebook: NotebookNode, run: Run) -> None:
    bundle = CacheBundleIn(notebook, str(source(root, run.page)), data={"execution_seconds": run.seconds})
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def solutions_of(root: Path, page: str) -> list[str]:
    """The Python code of the solutions that a page folds away, in order."""
    found = []
    for directive in walk(source(root, page).read_text(encoding="utf-8"), f"{page}.md"):
        if directive.name == "solution":
            found += re.findall(r"^(`{3,})python[ \t]*\n(.*?)^\1[ \t]*$", directive.body, re.M | re.S)
    return [code.rstrip("\n") for _, code in found]


def solutions_ran(root: Path, page: str) -> bool:
    """Whether the page's solutions as they are now ran, after its cells as they are now, and none raised."""
    path = _solutions_path(root)
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return kept.get(page) == _digest_with_solutions(root, page)


def _keep_solutions(root: Path, page: str) -> None:
    path = _solutions_path(root)
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    kept[page] = _digest_with_solutions(root, page)
    path.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _solutions_path(root: Path) -> Path:
    return cache_folder(root) / "solutions.json"


def _digest_with_solutions(root: Path, page: str) -> str:
    notebook = read_notebook(root, page)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"] if notebook else []
    return hashlib.sha256(json.dumps([cells, solutions_of(root, page)]).encode()).hexdigest()


def read_report(root: Path) -> dict[str, dict[str, object]]:
    """`{page: {"seconds": …, "status": "ok" | "failed"}}` of the latest run of every page."""
    path = report_path(root)
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def report_path(root: Path) -> Path:
    """The file behind `read_report`."""
    return Path(root) / "_build" / "execution" / "report.json"


def _run(page: str, notebook: NotebookNode, warm: bool, solutions: list[str]) -> Run:
    """Execute `notebook` in place, in an empty folder of its own; `warm`, with TensorFlow imported already.

    The `solutions` run after its own cells, whose time alone is counted.
    """
    begin = time.monotonic()
    own = len(notebook.cells)
    solving: list[float] = []

    def on_cell_start(cell: NotebookNode, cell_index: int) -> None:
        if cell_index >= own:
            solving.append(time.monotonic())

    kernel = {"kernel_name": _WARM_KERNEL} if warm else {}
    with tempfile.TemporaryDirectory() as folder:
        client = nbclient.NotebookClient(
            notebook,
            timeout=TIMEOUT,
            resources={"metadata": {"path": folder}},
            record_timing=False,
            # A kernel sends what a cell prints in pieces. MyST-NB, left to join them, would end each with a new line.
            coalesce_streams=True,
            on_cell_start=on_cell_start,
            **kernel,
        )
        failure = None
        notebook.cells += [new_code_cell(code) for code in solutions]
        try:
            # What libraries log below Python is no part of a page, and would break into the progress bar.
            client.execute(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment())
        except CellTimeoutError:
            failure = _failure(page, notebook, len(solutions), f"The cell took more than {TIMEOUT} seconds.")
        except CellExecutionError as error:
            failure = _failure(page, notebook, len(solutions), f"{error.ename}: {error.evalue}")
        except DeadKernelError:
            died = "The kernel died: the cell crashed it or ran out of memory."
            failure = _failure(page, notebook, len(solutions), died)
    del notebook.cells[own:]
    _hide_this_machine(notebook)
    seconds = (solving[0] if solving else time.monotonic()) - begin
    return Run(page, seconds, cached=False, failure=failure, complete=failure is None or bool(solving))


def _hide_this_machine(notebook: NotebookNode) -> None:
    """A traceback that is shown on purpose names the library's file, not where this machine keeps it."""
    folders = {sys.prefix: ".venv", sys.base_prefix: "python"}
    home = str(Path.home())
    # IPython writes the home folder as ~.
    folders |= {path.replace(home, "~", 1): name for path, name in folders.items() if path.startswith(home)}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                for path, name in folders.items():
                    output.traceback = [line.replace(path, name) for line in output.traceback]


def _environment() -> dict[str, str]:
    """This process's environment, with one thread for each chapter's NumPy.

    Chapters run side by side, and two thread pools on the same cores wait for one another most of the time.
    """
    return {"OPENBLAS_NUM_THREADS": "1", **os.environ}


def _failure(page: str, notebook: NotebookNode, solutions: int, error: str) -> Failure:
    """Name the cell that was running when the run stopped: the last one that had begun, or one of the solutions."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    begun = [index for index, cell in enumerate(code) if cell.execution_count or cell.outputs]
    number = begun[-1] if begun else 0
    raised = [index for index, cell in enumerate(code) for out in cell.outputs if out.output_type == "error"]
    if raised and "raises-exception" not in code[raised[-1]].metadata.get("tags", []):
        number = raised[-1]
    own = len(code) - solutions
    place = f"code cell {number + 1}" if number < own else f"solution {number + 1 - own}"
    return Failure(page, place, code[number].source if code else "", error)


def _write_report(root: Path, runs: list[Run]) -> None:
    known = read_report(root)
    for run in runs:
        known[run.page] = {"seconds": round(run.seconds, 1), "status": "ok" if run.complete else "failed"}
    path, text = report_path(root), json.dumps(known, indent=1, sort_keys=True) + "\n"
    # Left alone when nothing changed: the page that shows it is then not built again.
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _drop_old_caches(current: Path) -> None:
    """Keep the caches used last: going back to an earlier state of the code is then free."""
    others = [path for path in current.parent.iterdir() if path.is_dir() and path != current]
    for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[_KEPT_CACHES - 1 :]:
        shutil.rmtree(path)
