"""What a course's nbgrader_config.py says about grading, for any nbgrader course."""

from __future__ import annotations

import contextlib
import datetime
import importlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets import Int, List, Unicode
from traitlets.config import Application, Config, Configurable

from course_utils.errors import CourseError
from course_utils.grading.jobs import Limits

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory

CONFIG = "nbgrader_config.py"
#: What nbgrader's Execute and LimitOutput take when the configuration says nothing.
_CELL_SECONDS, _MOST_LINES, _MOST_TRACEBACK = 30, 1000, 100


class CourseGrade(Configurable):
    """Settings of `course grade` in nbgrader_config.py, such as `c.CourseGrade.memory_mb = 8192`."""

    submission_seconds = Int(600, help="The longest that one notebook may run.").tag(config=True)
    memory_mb = Int(4096, help="The most memory of one notebook, with all that it starts.").tag(config=True)
    threads = Int(1, help="Threads that one notebook computes with.").tag(config=True)
    imports = List(
        Unicode(),
        help="Modules that are imported before any notebook; by default those of the source notebooks.",
    ).tag(config=True)
    readable = List(Unicode(), help="Folders that students' code may read, such as data sets.").tag(
        config=True
    )


@dataclass(frozen=True)
class Settings:
    """A course's folder, opened.

    Attributes:
        kept: names of the instructor's files that a student's own version replaces, for each assignment.
        permissions: of the files of autograded notebooks.
        most_lines, most_traceback: as nbgrader's LimitOutput cuts outputs; -1 for no limit.
        late: nbgrader's plugin for late submissions, or None; `late_text` names it with its settings.
    """

    root: Path
    directory: CourseDirectory
    config: Config
    limits: Limits
    own: CourseGrade
    kept: dict[str, list[str]] = field(default_factory=dict)
    permissions: int = 0o444
    create_students: bool = True
    most_lines: int = _MOST_LINES
    most_traceback: int = _MOST_TRACEBACK
    late: Any = None
    late_text: str = ""

    @property
    def state(self) -> Path:
        """The folder beside the gradebook in which the grader keeps its own: its memory, its reports."""
        from course_utils.grading.gradebook import sqlite_path

        path = sqlite_path(str(self.directory.db_url))
        return path.parent if path is not None else self.root


def load_config(course: Path) -> Config:
    """Read the configuration as nbgrader would in the folder `course`, the user's own files included."""
    from jupyter_core.paths import jupyter_config_path

    if not course.is_dir():
        raise CourseError(f"{course} is not a folder: give the folder of an nbgrader course.")
    application = Application()
    application.raise_config_file_errors = True
    try:
        application.load_config_file("nbgrader_config", path=[str(course), *jupyter_config_path()])
    except Exception as error:  # the file is the instructor's code, which may raise anything
        raise CourseError(f"{course / CONFIG} cannot be read: {type(error).__name__}: {error}") from error
    config = application.config
    config.CourseDirectory.root = str(course / str(config.CourseDirectory.get("root", "")))
    return config


def step_folder(config: Config, step: str, student: str, assignment: str) -> Path:
    """Return where a step of nbgrader's lies ("source", "submitted", …), without loading nbgrader for it."""
    said = config.CourseDirectory
    structure = str(said.get("directory_structure", "{nbgrader_step}/{student_id}/{assignment_id}"))
    named = str(said.get(f"{step}_directory", step))
    return Path(said.root) / structure.format(
        nbgrader_step=named, student_id=student, assignment_id=assignment
    )


def open_course(course: Path, config: Config | None = None) -> Settings:
    """Open the course in the folder `course`; `config` is what `load_config` returned, if it is at hand."""
    course = course.resolve()
    config = config or load_config(course)
    with without_grammars():
        try:
            from nbgrader.coursedir import CourseDirectory
        except ImportError:
            raise CourseError(
                'nbgrader is not installed: run `pip install "course_utils[grading]"`.'
            ) from None
    directory = CourseDirectory(config=config)
    root = Path(directory.root)
    directory.db_url = re.sub(r"^sqlite:///(?!/|[A-Za-z]:)", f"sqlite:///{root}/", str(directory.db_url))
    if not (course / CONFIG).is_file() and not Path(directory.db_url.removeprefix("sqlite:///")).is_file():
        raise CourseError(f"{course} is no nbgrader course: there is no {CONFIG} and no gradebook in it.")
    own = CourseGrade(config=config)
    late, text = _late(config, course)
    return Settings(
        root,
        directory,
        config,
        _limits(config, own),
        own,
        dict(_said(config, ("Autograde",), "exclude_overwriting", {})),
        _permissions(config, directory),
        bool(_said(config, ("Autograde",), "create_student", True)),
        int(_said(config, ("LimitOutput",), "max_lines", _MOST_LINES)),
        int(_said(config, ("LimitOutput",), "max_traceback", _MOST_TRACEBACK)),
        late,
        text,
    )


@contextlib.contextmanager
def without_grammars() -> Iterator[None]:
    """Keep jsonschema, which nbgrader imports, from compiling 38 grammars of addresses: two seconds for nothing."""
    name = "rfc3987_syntax"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # an import of it fails, as where it is not installed
    try:
        yield
    finally:
        del sys.modules[name]


def parse_time(text: bytes) -> datetime.datetime | None:
    """Return the time in a timestamp.txt as nbgrader reads it, in UTC without a zone; None for an empty one.

    Raises ValueError when it is no time.
    """
    from nbgrader.utils import parse_utc

    stripped = text.decode("utf-8", "replace").strip().strip("\x00\ufeff")
    if not stripped:
        return None
    try:
        return parse_utc(stripped)
    except Exception as error:  # dateutil raises anything: OverflowError, TypeError, its own
        raise ValueError(f"{stripped[:60]!r} is no time") from error


def _said(config: Config, sections: tuple[str, ...], name: str, default: Any) -> Any:
    """What the last of the sections that says something says; nbgrader's classes inherit their bases' settings."""
    said = default
    for section in sections:
        if section in config and name in config[section]:
            said = config[section][name]
    return said


def _limits(config: Config, own: CourseGrade) -> Limits:
    sections = ("NotebookClient", "ExecutePreprocessor", "Execute")
    seconds = _said(config, sections, "timeout", _CELL_SECONDS)
    whole = max(own.submission_seconds, seconds or 0)
    return Limits(
        cell_seconds=float(seconds) if seconds and seconds > 0 else None,
        submission_seconds=float(whole),
        memory=own.memory_mb * 2**20,
        threads=own.threads,
    )


def _permissions(config: Config, directory: CourseDirectory) -> int:
    default = 664 if directory.groupshared else 444
    return int(str(_said(config, ("BaseConverter", "Autograde"), "permissions", default)), 8)


def _late(config: Config, course: Path) -> tuple[Any, str]:
    """The plugin that nbgrader's AssignLatePenalties would use, made as it would make it."""
    if not _said(config, ("NbGraderPreprocessor", "AssignLatePenalties"), "enabled", True):
        return None, ""
    chosen = _said(config, ("AssignLatePenalties",), "plugin_class", None)
    if chosen is None:
        from nbgrader.plugins import LateSubmissionPlugin

        chosen = LateSubmissionPlugin
    elif isinstance(chosen, str):
        module, _, name = chosen.rpartition(".")
        sys.path.append(str(course))  # nbgrader looks for plugins in the course's folder as well
        try:
            chosen = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise CourseError(
                f"The late policy {chosen!r} in {CONFIG} cannot be imported: {error}."
            ) from error
        finally:
            sys.path.remove(str(course))
    sections = [base.__name__ for base in chosen.__mro__ if base.__name__ in config]
    text = repr([(chosen.__module__, chosen.__name__), [(name, dict(config[name])) for name in sections]])
    return chosen(config=config), text
