"""Builds the site: chapters run in parallel, then Jupyter Book makes the pages. A warning fails the build."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from course_utils import node
from course_utils.book import assets, execution, pretrained
from course_utils.book.pages import pages
from course_utils.errors import CourseError

_REDIRECT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<meta http-equiv="refresh" content="0; url={page}">
<link rel="canonical" href="{page}">
<p><a href="{page}">{title}</a></p>
</html>
"""
# A line of Sphinx's status stream, such as `reading sources... [ 50%] book/week1/one-neuron`.
_STEP = re.compile(r"(reading sources|writing output)\.\.\. \[\s*(\d+)%\] (\S+)")


@dataclass
class Built:
    """A finished build."""

    html: Path
    pages: int
    executed: int
    seconds: float
    warnings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        ran = (
            f"{self.executed} chapter{'s' * (self.executed != 1)} executed"
            if self.executed
            else "nothing to run"
        )
        return f"Built {self.pages} page{'s' * (self.pages != 1)} ({ran}) in {_duration(self.seconds)}: {self.html}"


def build_site(
    root: Path, jobs: int | None = None, console: Console | None = None, solutions: bool = False
) -> Built:
    """Execute what changed, build every page into `_build/html`, and return what was done.

    With `solutions`, the solutions that chapters fold away run after their own cells.

    Raises `ExecutionFailed` when a chapter raises and `CourseError` when Sphinx has a warning.
    """
    console = console or Console(stderr=True)
    begin = time.monotonic()
    names = pages(root)
    with _alone(root, console), _progress(console) as bar:
        _prepare(root, bar)
        runs = _execute(root, names, jobs or os.cpu_count() or 1, bar, solutions)
        html = root / "_build" / "html"
        doctrees = root / "_build" / ".doctrees"
        warnings = _sphinx(root, html, doctrees, {}, bar)
    if warnings:
        # Sphinx would not read the faulty pages again, and the next build would pass.
        shutil.rmtree(doctrees, ignore_errors=True)
        raise CourseError(_warnings_text(warnings))
    (html / "index.html").write_text(
        _REDIRECT.format(title="Machine learning, from one neuron to your hand", page=f"{names[0]}.html"),
        encoding="utf-8",
    )
    executed = sum(not run.cached for run in runs)
    return Built(html, len(names), executed, time.monotonic() - begin)


def build_page(root: Path, page: str, console: Console | None = None, solutions: bool = False) -> Built:
    """Execute one chapter, with its `solutions` where asked, and build its page into `_build/check/html`.

    The other pages are laid beside it without being run, so that its links resolve; only warnings that
    name this page count.
    """
    console = console or Console(stderr=True)
    begin = time.monotonic()
    others = [name for name in pages(root) if name != page]
    with _alone(root, console), _progress(console) as bar:
        _prepare(root, bar)
        runs = _execute(root, [page], 1, bar, solutions)
        html = root / "_build" / "check" / "html"
        overrides = {"nb_execution_excludepatterns": [f"{name}.md" for name in others]}
        warnings = _sphinx(root, html, root / "_build" / "check" / ".doctrees", overrides, bar)
    own = [warning for warning in warnings if f"{page}.md" in warning]
    if own:
        raise CourseError(_warnings_text(own))
    return Built(html / f"{page}.html", 1, sum(not run.cached for run in runs), time.monotonic() - begin)


@contextlib.contextmanager
def _alone(root: Path, console: Console) -> Iterator[None]:
    """Wait for another build of this checkout to end: two at once would write the same files."""
    path = root / "_build" / ".lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print("Another build of this checkout is running; this one begins when it has ended.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def failure_panel(error: execution.ExecutionFailed) -> Panel:
    """The failures of chapters in one block for a terminal."""
    count = len(error.failures)
    title = f"{count} chapter{'s' * (count != 1)} raised; the site was not built"
    return Panel(Text(str(error)), title=title, border_style="red", title_align="left")


def _prepare(root: Path, bar: Progress) -> None:
    task = bar.add_task("Preparing what pages load", total=1)
    node.install(root)
    assets.vendor(root)
    pretrained.place(root, lambda doing: bar.update(task, description=doing[:26]))
    bar.update(task, completed=1, description="Preparing what pages load")


def _execute(root: Path, names: list[str], jobs: int, bar: Progress, solutions: bool) -> list[execution.Run]:
    task = bar.add_task("Running chapters", total=None)

    def report(run: execution.Run, done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)
        if not run.cached:
            state = "failed" if run.failure else "ran"
            bar.console.print(f"  {run.page} {state} in {_duration(run.seconds)}", highlight=False)

    runs = execution.execute(root, names, jobs, report, solutions)
    bar.update(task, completed=len(runs), total=len(runs))
    return runs


def _sphinx(root: Path, html: Path, doctrees: Path, overrides: dict[str, object], bar: Progress) -> list[str]:
    """Run Jupyter Book's Sphinx build and return its warnings; raises `CourseError` when it breaks off."""
    # Imported here: it takes two seconds, which a failing chapter need not wait for.
    from jupyter_book.sphinx import build_sphinx

    status = _Status(bar)
    complaints = io.StringIO()
    with _node_on_path(), contextlib.redirect_stdout(status), contextlib.redirect_stderr(complaints):
        result = build_sphinx(
            root,
            html,
            noconfig=True,  # no conf.py: everything is in _config.yml
            path_config=root / "_config.yml",
            confoverrides={
                "external_toc_path": (root / "_toc.yml").as_posix(),
                "latex_individualpages": False,
                "nb_execution_cache_path": str(execution.cache_folder(root)),
                **overrides,
            },
            doctreedir=doctrees,
            keep_going=True,
        )
    status.finish()
    warnings = _split_warnings(complaints.getvalue())
    if isinstance(result, BaseException):
        raise CourseError(f"Sphinx broke off: {result}\n{_warnings_text(warnings)}") from result
    return warnings


@contextlib.contextmanager
def _node_on_path() -> Iterator[None]:
    """KaTeX renders formulas with the `node` that it finds on the path."""
    before = os.environ["PATH"]
    os.environ["PATH"] = node.node_environment()["PATH"]
    try:
        yield
    finally:
        os.environ["PATH"] = before


class _Status(io.TextIOBase):
    """Sphinx's status stream, shown as a progress bar."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("Making pages", total=200)

    def write(self, text: str) -> int:
        for stage, percent, _ in _STEP.findall(re.sub(r"\x1b\[[0-9;]*m", "", text)):
            base = 0 if stage == "reading sources" else 100
            self._bar.update(self._task, completed=base + int(percent))
        return len(text)

    def finish(self) -> None:
        self._bar.update(self._task, completed=200)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<26}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _split_warnings(text: str) -> list[str]:
    """Sphinx's complaints, one item each; other lines on stderr belong to the item before them."""
    items: list[str] = []
    for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines():
        if re.search(r"\b(WARNING|ERROR|CRITICAL|SEVERE):", line):
            items.append(line)
        elif items and line.strip():
            items[-1] += f"\n{line}"
    return items


def _warnings_text(warnings: list[str]) -> str:
    count = len(warnings)
    head = f"Sphinx has {count} warning{'s' * (count != 1)}; each one fails the build:"
    return "\n".join([head, *(f"  {warning}" for warning in warnings)])


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {seconds % 60:.0f} s"
