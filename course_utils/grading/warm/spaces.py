"""Folders for the files of children where no namespace holds them, and their removal, whoever was killed when."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PREFIX = "course-warm-"
# A folder is held from shortly after it is made.
_YOUNG_SECONDS = 60.0


@dataclass(frozen=True)
class Held:
    """A space that is in use as long as the file descriptor is open in any process."""

    path: Path
    descriptor: int


def make(where: Path | None = None) -> Path:
    """Make an empty folder in `where`, or in temporary space, and remove those there that are no longer held."""
    where = where or Path(tempfile.gettempdir())
    _sweep(where)
    path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=where))
    # Children, which may be other users, reach their own folders in it.
    path.chmod(0o711)
    return path


def hold(path: Path) -> Held:
    """Mark the folder as in use by this process and its forks."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return Held(path, descriptor)


def remove(path: Path) -> None:
    """Remove the folder and all that is in it."""
    shutil.rmtree(path, ignore_errors=True)


def _sweep(where: Path) -> None:
    for path in where.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            status = path.lstat()
            if status.st_uid != os.geteuid() or time.time() - status.st_mtime < _YOUNG_SECONDS:
                continue
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(path)
            finally:
                os.close(descriptor)
