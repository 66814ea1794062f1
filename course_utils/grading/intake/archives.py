"""Read zips that anybody may have made: plain files alone, within limits, nothing written."""

from __future__ import annotations

import json
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from course_utils.errors import CourseError
from course_utils.submission import LABEL, STUDENT_ID

#: Of what one student hands in, in bytes.
LARGEST_ZIP = 20 * 2**20
LARGEST_FILE = 20 * 2**20
MOST_FILES = 50
#: Of a platform's zip, which holds a whole class.
LARGEST_DOWNLOAD = 4 * 2**30
MOST_OF_A_CLASS = 20_000
#: ASSIGNMENT-STUDENT.zip, also as a browser renames a second download: "week1-ada (1).zip".
_ZIP_NAME = re.compile(r"(?P<assignment>[a-z0-9]+)-(?P<student>[^/ ]+?)(?: ?\(\d+\))?\.zip")
_IGNORED = ("__MACOSX/", ".DS_Store")
_UTF_8 = 0x800


@dataclass(frozen=True)
class Packed:
    """What the zip of one student holds: the assignment and the student that it names, and its notebook."""

    assignment: str
    student: str
    notebook: bytes


@dataclass(frozen=True)
class Member:
    """One file of a platform's zip."""

    name: str
    written: tuple[int, int, int, int, int, int]
    read: Callable[[], bytes]


def read_packed(path: Path | IO[bytes], name: str, known: list[str], platform: bool = False) -> Packed:
    """Read a zip of `course submit`. Raises CourseError, with the reason, if it is not right.

    With `platform`, the name is one that a platform may have changed: what the zip says inside goes before it.
    """
    with _opened(path) as archive:
        files = _members(archive)
    assignment, student = _who("" if platform and LABEL in files else name, files.get(LABEL))
    if assignment not in known:
        raise CourseError(f"there is no assignment {assignment!r}")
    notebook = files.get(f"{assignment}.ipynb")
    if notebook is None:
        raise CourseError(f"there is no {assignment}.ipynb in it")
    require_notebook(notebook)
    return Packed(assignment, student, notebook)


def require_plain(path: Path, largest: int, what: str = "a zip") -> None:
    """Raise CourseError unless `path` is a regular file that is not too large."""
    information = path.lstat()
    if not stat.S_ISREG(information.st_mode):
        raise CourseError(f"it is a link or a special file, not {what}")
    if information.st_size > largest:
        raise CourseError(f"it is larger than {largest // 2**20} MB")


def require_notebook(content: bytes) -> None:
    """Raise CourseError unless the content is a notebook of format 4."""
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise CourseError(f"its notebook is not JSON: {str(error)[:100]}") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not cells or notebook.get("nbformat") != 4:
        raise CourseError("its notebook is not a Jupyter notebook of format 4")


@contextmanager
def open_download(path: Path) -> Iterator[list[Member]]:
    """Open a platform's zip of a whole class; its files can be read, one at a time, while it is open."""
    require_plain(path, LARGEST_DOWNLOAD)
    with _opened(path) as archive:
        entries = [
            entry for entry in archive.infolist() if not entry.is_dir() and not _is_ignored(entry.filename)
        ]
        if len(entries) > MOST_OF_A_CLASS:
            raise CourseError(f"it holds more than {MOST_OF_A_CLASS} files")
        yield [Member(_name(entry), entry.date_time, _reader(archive, entry)) for entry in entries]


def _reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        _require_regular(entry)
        with _translated():
            content, _ = _read_up_to(archive, entry, LARGEST_FILE)
        return content

    return read


def _name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry; where its flag for UTF-8 is missing, Python has taken it for an old DOS name."""
    if entry.flag_bits & _UTF_8:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename


@contextmanager
def _opened(path: Path | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    with _translated():
        archive = zipfile.ZipFile(path)
    with archive:
        yield archive


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise CourseError(f"it cannot be opened as a zip: {error}") from error


def _members(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise CourseError(f"it holds more than {MOST_FILES} files")
    files: dict[str, bytes] = {}
    left = LARGEST_FILE
    for entry in entries:
        if entry.is_dir() or _is_ignored(entry.filename):
            continue
        _require_regular(entry)
        if not re.fullmatch(r"[\w.@ ()-]{1,100}", entry.filename) or entry.filename.startswith("."):
            raise CourseError(f"{entry.filename[:80]!r} in it is not the plain name of a file")
        if entry.filename in files:
            raise CourseError(f"{entry.filename[:80]!r} is in it twice")
        with _translated():
            files[entry.filename], left = _read_up_to(archive, entry, left)
    return files


def _read_up_to(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> tuple[bytes, int]:
    """What an entry says of its own size is not to be trusted: read up to the cap, and one byte."""
    with archive.open(entry) as file:
        content = file.read(left + 1)
    left -= len(content)
    if left < 0:
        raise CourseError(f"it unpacks to more than {LARGEST_FILE // 2**20} MB")
    return content, left


def _is_ignored(name: str) -> bool:
    return name.startswith(_IGNORED[0]) or name.endswith(_IGNORED[1])


def _require_regular(entry: zipfile.ZipInfo) -> None:
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        raise CourseError(f"{entry.filename[:80]!r} in it is a link or a special file")


def _who(file_name: str, label: bytes | None) -> tuple[str, str]:
    named = _ZIP_NAME.fullmatch(file_name)
    found = (named["assignment"], named["student"]) if named else None
    if label is not None:
        try:
            data = json.loads(label[:10_000])
            said = str(data["assignment"]), str(data["student"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise CourseError(f"its {LABEL} cannot be read") from error
        if found is not None and found != said:
            raise CourseError(
                f"it is called {file_name} but says inside that it is {said[0][:60]} of {said[1][:60]}"
            )
        found = said
    if found is None:
        raise CourseError("its name is not of the form week1-STUDENT.zip, and it does not say whose it is")
    if not STUDENT_ID.fullmatch(found[1]) or ".." in found[1]:
        raise CourseError(f"{found[1][:80]!r} is no student id")
    return found
