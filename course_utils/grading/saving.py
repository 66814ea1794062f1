"""Autograded folders: written beside, then put in place at once, so that there is never half of one.

While it is written, everything lies in one hidden folder below the autograded ones, which nbgrader does not look
into; the next run clears what a killed one left there. A lock on the autograded folder keeps a second run out; it
is the system's own and ends with the process that holds it.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from course_utils.errors import CourseError
from course_utils.grading.settings import Settings

_HIDDEN = ".course-grade"
_EXCHANGE = 2  #: RENAME_EXCHANGE of Linux' renameat2
_HERE = -100  #: AT_FDCWD


@contextlib.contextmanager
def autograded_folder(settings: Settings) -> Iterator[Path]:
    """Hold the course for this run, and give the hidden folder to write into; cleared before and after.

    Raises CourseError when another run holds it.
    """
    directory = settings.directory
    step = directory.directory_structure.split("{student_id}")[0].split("{assignment_id}")[0]
    base = Path(directory.root) / step.format(nbgrader_step=directory.autograded_directory)
    base.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CourseError(
                f"Another `course grade` is writing into {base}: wait until it is done, or stop it."
            ) from error
        hidden = base / _HIDDEN
        shutil.rmtree(hidden, ignore_errors=True)
        hidden.mkdir(mode=0o700)
        try:
            yield hidden
        finally:
            shutil.rmtree(hidden, ignore_errors=True)
    finally:
        os.close(descriptor)


def autograded(settings: Settings, student: str, assignment: str) -> Path:
    """Return the folder of a student's autograded assignment."""
    directory = settings.directory
    return Path(os.path.normpath(directory.format_path(directory.autograded_directory, student, assignment)))


def stage(hidden: Path, settings: Settings, files: Mapping[str, bytes], carried: Mapping[str, Path]) -> Path:
    """Write a folder with `files`, and with copies of the files in `carried`; return it.

    Permissions are as nbgrader sets them: `Autograde.permissions` for files, and a group's rights with `groupshared`.
    """
    folder = Path(tempfile.mkdtemp(dir=hidden))
    folder.chmod(0o777 & ~_umask())
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    for path, old in carried.items():
        shutil.copyfile(old, folder / path)
    for inner, _, names in os.walk(folder):
        for name in names:
            (Path(inner) / name).chmod(settings.permissions)
        if settings.directory.groupshared:
            Path(inner).chmod((Path(inner).stat().st_mode | 0o2770) & 0o2777)
    return folder


def put_in_place(folder: Path, target: Path) -> None:
    """Make `folder` the folder `target`; what was there before is deleted after."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        folder.rename(target)
        return
    if not _exchange(folder, target):
        old = folder.with_name(f"{folder.name}-old")
        target.rename(old)
        folder.rename(target)
        folder = old
    shutil.rmtree(folder, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step, where the system can."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    return rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
