"""Run a learner's notebook from top to bottom and gather what its visible checks say: `course check`."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.checks.judging import Step
from course_utils.checks.registry import week_checks
from course_utils.checks.report import REPORT_FILE, Report, total
from course_utils.errors import CourseError, UsageError

#: Seconds that one cell may take.
TIME_LIMIT = 300


@dataclass(frozen=True)
class NotebookReport:
    """What the visible checks of a notebook say, and what stopped on the way."""

    path: Path
    reports: tuple[Report, ...]
    errors: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every step of every check was passed."""
        return bool(self.reports) and all(report.passed for report in self.reports)

    def __str__(self) -> str:
        lines = [f"{self.path.name}: what the visible checks say", ""]
        width = max((len(report.title) for report in self.reports), default=0)
        for report in self.reports:
            mark = "✓" if report.passed else "✗"
            lines.append(f"{mark} {report.title:<{width}}  {report.earned:>4g} of {report.points:g}")
            lines += [f"    {line}" for line in _wrong(report)]
        earned, most = total(self.reports)
        lines += ["", f"{earned:g} of {most:g} points on the visible inputs."]
        lines += [f"Stopped: {error}" for error in self.errors]
        return "\n".join(lines)


def run_notebook(path: Path | str) -> NotebookReport:
    """Run the notebook at `path`, unchanged, in a fresh kernel of this Python; return the checks' reports.

    A check that the notebook does not reach, or no longer calls, is reported with 0 points.
    """
    path = Path(path)
    notebook = _read(path)
    week = _week(path, notebook)
    with tempfile.TemporaryDirectory() as work:
        log = Path(work) / "reports.jsonl"
        with _environment({REPORT_FILE: str(log)}):
            _execute(notebook, path.resolve().parent)
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    found = {report.name: report for report in (Report.from_data(json.loads(line)) for line in lines)}
    reports = tuple(found.get(name) or _missing(name, week) for name in week_checks(week))
    return NotebookReport(path, reports, tuple(_errors(notebook)))


def _read(path: Path) -> Any:
    import nbformat

    if not path.is_file():
        raise UsageError(f"{path} does not exist: give the path of your notebook.")
    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:
        reason = str(error).split("\n")[0][:100]
        raise CourseError(
            f"{path} cannot be read as a notebook ({reason}): give the path of your .ipynb file."
        ) from error


def _week(path: Path, notebook: Any) -> str:
    from course_utils.submission import name_assignment

    return name_assignment(path.name, notebook)


def _execute(notebook: Any, folder: Path) -> None:
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    class ThisPython(AsyncKernelManager):
        """Starts a kernel of the Python that runs this, whatever the notebook names."""

        @property
        def kernel_spec(self) -> KernelSpec:
            launch = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=launch, display_name="Python 3", language="python")

        async def start_kernel(self, **options: Any) -> None:
            # What the kernel itself says as it starts, and TensorFlow after it, is not the learner's concern.
            await super().start_kernel(**options, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    client = NotebookClient(
        notebook,
        kernel_manager_class=ThisPython,
        allow_errors=True,
        timeout=TIME_LIMIT,
        interrupt_on_timeout=True,
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        # In a thread of its own, since Jupyter runs an event loop in the one that may have called this.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, client.async_execute()).result()
    except DeadKernelError:
        raise CourseError(
            "The notebook's Python stopped in the middle: run it cell by cell to see where."
        ) from None
    except RuntimeError as error:
        raise CourseError(
            f"No kernel could be started, run `pip install ipykernel`: {str(error)[:200]}"
        ) from error


def _missing(name: str, week: str) -> Report:
    check = week_checks(week)[name]
    found = "the check did not run: is its cell still there?"
    steps = tuple(Step(step, points, False, "", found) for step, points in check.steps.items())
    return Report(name, check.title, check.chapter, steps)


def _wrong(report: Report) -> Iterator[str]:
    for step in report.steps:
        if not step.passed:
            yield f"{step.name}: {step.found}"


def _errors(notebook: Any) -> Iterator[str]:
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type == "error" and output.ename not in ("CheckFailed", "NotImplementedError"):
                message = re.sub(r"\x1b\[[0-9;]*m", "", str(output.evalue))
                yield f"cell {number} with {output.ename}: {message[:200]}"


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
