"""What a student handed in, as bytes in memory: regular files alone, within limits, whatever lies there.

A folder of submissions may hold anything: links to other people's work, pipes that block whoever opens them, files
that change while they are read, gigabytes, names that are no text. Every file is opened once, by a path of which no
part may be a link, and what was read then is all that the grader ever sees of it.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

#: The largest notebook, the largest other file, and the most that one submission may hold, in bytes.
LARGEST_NOTEBOOK = 20 * 2**20
LARGEST_FILE = 50 * 2**20
LARGEST_SUBMISSION = 100 * 2**20
MOST_FILES = 500
DEEPEST = 8
TIMESTAMP = "timestamp.txt"
_SUFFIX = ".ipynb"
_MOST_NAMES = 100_000


@dataclass(frozen=True)
class Handed:
    """What lies in one student's folder for one assignment.

    Attributes:
        notebooks: the bytes of each notebook on the top level, by its file's name.
        files: the other files, by relative path with /; `timestamp.txt` is not among them.
        timestamp: what `timestamp.txt` holds, or None where there is none.
        notebooks_refused: for a notebook that could not be taken, why, by its file's name.
        flags: sentences on what was left out or looks odd, for the report.
        unreadable: why nothing could be read at all; empty otherwise.
    """

    notebooks: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    timestamp: bytes | None = None
    notebooks_refused: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    unreadable: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was handed in: no file at all, beside a time stamp."""
        return not (self.notebooks or self.files or self.notebooks_refused or self.flags or self.unreadable)


class _Refused(Exception):
    """One entry of the folder is not taken. The message says why."""


@dataclass
class _Gathering:
    """What has been read so far."""

    ignored: tuple[str, ...]
    notebooks: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    timestamp: bytes | None = None
    seen: int = 0
    size: int = 0


def read_submission(base: Path, parts: tuple[str, ...], ignored: tuple[str, ...] = ()) -> Handed:
    """Read the folder `base/parts…`, such as submitted/ada/week1. Never raises: what is wrong is said in the result.

    `base` is the instructor's own and may be reached by links; no folder below it may be one. Files whose name
    fits one of the patterns in `ignored` are left out, as nbgrader does.
    """
    found = _Gathering(ignored)
    try:
        with _folder(base, parts) as descriptor:
            _gather(descriptor, "", 0, found)
    except _Refused as error:
        return Handed(unreadable=str(error))
    except (OSError, ValueError, RecursionError) as error:
        return Handed(unreadable=f"its folder cannot be read: {_reason(error)}")
    return Handed(found.notebooks, found.files, found.timestamp, found.refused, tuple(found.flags[:20]))


@contextmanager
def _folder(base: Path, parts: tuple[str, ...]) -> Iterator[int]:
    """Open the folder one part after the other, so that none of them can be a link, then or in between."""
    descriptor = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts:
            inner = _open_folder(part, descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _open_folder(name: str, above: int) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(name, flags, dir_fd=above)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
            raise _Refused(f"{_say(name)} is a link or no folder") from error
        raise


def _gather(folder: int, path: str, depth: int, found: _Gathering) -> None:
    with os.scandir(folder) as entries:
        names = [entry.name for _, entry in zip(range(_MOST_NAMES), entries, strict=False)]
    # What counts comes first, so that no heap of other files can crowd it out.
    names.sort(key=lambda name: (name != TIMESTAMP, not name.endswith(_SUFFIX), name))
    for name in names:
        if _is_ignored(name, found.ignored):
            continue
        here = f"{path}{name}"
        try:
            _take(folder, name, here, depth, found)
        except _Refused as error:
            found.flags.append(f"{_say(here)} was left out: {error}")
            if not path and name.endswith(_SUFFIX):
                found.refused[_clean(name)] = str(error)
        except OSError as error:
            found.flags.append(f"{_say(here)} was left out: it cannot be read ({_reason(error)})")
            if not path and name.endswith(_SUFFIX):
                found.refused[_clean(name)] = f"it cannot be read ({_reason(error)})"


def _take(folder: int, name: str, path: str, depth: int, found: _Gathering) -> None:
    if _clean(name) != name:
        raise _Refused("its name is not text")
    kind = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    if stat.S_ISDIR(kind):
        if depth >= DEEPEST:
            raise _Refused(f"folders are read {DEEPEST} deep")
        inner = _open_folder(name, folder)
        try:
            _gather(inner, f"{path}/", depth + 1, found)
        finally:
            os.close(inner)
        return
    found.seen += 1
    if found.seen > MOST_FILES:
        raise _Refused(f"a submission holds at most {MOST_FILES} files")
    _require_regular(kind)
    notebook = depth == 0 and name.endswith(_SUFFIX)
    most = LARGEST_NOTEBOOK if notebook else LARGEST_FILE
    content = _read_file(folder, name, most, LARGEST_SUBMISSION - found.size, found, path)
    found.size += len(content)
    if notebook:
        found.notebooks[name] = content
    elif path == TIMESTAMP:
        found.timestamp = content[:1000]
    elif not name.endswith(_SUFFIX):  # nbgrader takes notebooks from the top level alone
        found.files[path] = content


def _read_file(folder: int, name: str, most: int, left: int, found: _Gathering, path: str) -> bytes:
    """Read a regular file of at most `most` bytes. A pipe put in its place since does not block: O_NONBLOCK."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(name, flags, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        _require_regular(about.st_mode)
        if about.st_size > most:
            raise _Refused(f"it is larger than {most // 2**20} MB")
        content = file.read(min(most, left) + 1)
    if len(content) > left:
        raise _Refused(f"the submission is larger than {LARGEST_SUBMISSION // 2**20} MB")
    if len(content) > most:
        raise _Refused(f"it is larger than {most // 2**20} MB")
    if about.st_nlink > 1:
        found.flags.append(f"{_say(path)} has another name elsewhere on the disk (a hard link)")
    return content


def _require_regular(mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    if stat.S_ISLNK(mode):
        raise _Refused("it is a link")
    raise _Refused("it is not a regular file")


def _is_ignored(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _clean(name: str) -> str:
    """The name as text that can be printed and stored: bytes that are no UTF-8 become question marks."""
    text = name.encode("utf-8", "replace").decode("utf-8")
    return "".join(character if character.isprintable() else "?" for character in text)


def _say(name: str) -> str:
    return repr(_clean(name)[:100])


def _reason(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error))[:100]
