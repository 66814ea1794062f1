"""The course's folder as nbgrader sees it: its configuration, its assignments, its gradebook."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.checks.running import CONFIG
from course_utils.errors import CourseError, UsageError
from course_utils.grading.settings import without_grammars

if TYPE_CHECKING:
    from nbgrader.api import Gradebook
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory


def assignments(root: Path) -> list[str]:
    """Return the names of the assignments that have a source."""
    return sorted(path.parent.name for path in (root / "solutions").glob("*/*.ipynb"))


def require_assignment(root: Path, name: str) -> None:
    """Raise UsageError unless there is a source for the assignment."""
    known = assignments(root)
    if name not in known:
        raise UsageError(
            f"There is no assignment {name!r} in {root / 'solutions'}; there are: {', '.join(known)}."
        )


def course_directory(course: Path, **changes: Any) -> tuple[CourseDirectory, Any]:
    """Return nbgrader's view of the folder `course`, and the configuration behind it.

    `changes` replace what nbgrader_config.py says, as for a release into a temporary folder.
    """
    with without_grammars():
        try:
            from nbgrader.coursedir import CourseDirectory
        except ImportError:
            raise CourseError(
                'nbgrader is not installed: run `pip install "course_utils[grading]"`.'
            ) from None
    from traitlets.config import PyFileConfigLoader

    if not (course / CONFIG).is_file():
        raise CourseError(f"{course / CONFIG} is missing: run this in the course's folder.")
    config = PyFileConfigLoader(CONFIG, path=str(course)).load_config()
    config.CourseDirectory.update({name: str(value) for name, value in changes.items()})
    return CourseDirectory(config=config), config


@contextlib.contextmanager
def nbgrader(course: Path, **changes: Any) -> Iterator[NbGraderAPI]:
    """Open nbgrader's own Python interface for the course, its log kept out of sight."""
    directory, config = course_directory(course, **changes)
    from nbgrader.apps.api import NbGraderAPI

    log = logging.getLogger("traitlets")
    level, propagate = log.level, log.propagate
    log.propagate = False
    try:
        with _programs_found():
            # Everything that nbgrader says is returned with the result of each call.
            yield NbGraderAPI(coursedir=directory, config=config)
    finally:
        log.setLevel(level)
        log.propagate = propagate


@contextlib.contextmanager
def open_gradebook(directory: CourseDirectory) -> Iterator[Gradebook]:
    """Open nbgrader's gradebook of the course, making an empty one where there is none."""
    with without_grammars():
        from nbgrader.api import Gradebook

    database(directory).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _programs_found(), Gradebook(directory.db_url, directory.course_id) as gradebook:
        yield gradebook


@contextlib.contextmanager
def _programs_found() -> Iterator[None]:
    """Let nbgrader start `alembic` by name: it lies beside this Python, which need not be on PATH."""
    path = os.environ.get("PATH", "")
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{path}"
    try:
        yield
    finally:
        os.environ["PATH"] = path


def last_error(result: dict[str, Any]) -> str:
    """Return why a call of nbgrader's failed, in one line."""
    text = str(result.get("error") or result.get("log") or "no reason was given")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason was given"


def database(directory: CourseDirectory) -> Path:
    """Return the gradebook's file."""
    return Path(str(directory.db_url).removeprefix("sqlite:///"))
