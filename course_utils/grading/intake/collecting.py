"""Collect what has come in: an inbox folder of submissions, or what a platform gives for a whole class."""

from __future__ import annotations

import datetime
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from course_utils.errors import CourseError, UsageError
from course_utils.grading.course import assignments, course_directory, database, open_gradebook
from course_utils.grading.intake import archives
from course_utils.grading.intake.archives import Packed, read_packed, require_notebook, require_plain
from course_utils.grading.intake.placing import Folders, Submission
from course_utils.grading.intake.platforms import Sender, attempt, match, sender
from course_utils.grading.roster import Person, people
from course_utils.submission import LABEL, name_assignment

_KINDS = (".zip", ".ipynb")
_NO_NAME = "its name does not say whose it is: hand in the zip that `course submit` makes"
_NO_PLATFORM_NAME = (
    "its name is none that Moodle or Canvas gives: take it out of its folder and collect it by itself"
)


@dataclass(frozen=True)
class _Arrival:
    """One file that came in. `read` raises CourseError where it is not in order; `done` puts it away."""

    shown: str
    came: datetime.datetime
    attempt: int
    read: Callable[[], Packed]
    done: Callable[[], None] = lambda: None
    #: What the platform says of the due date, and nothing where nobody says it.
    late: bool | None = None


@dataclass(frozen=True)
class _Class:
    """What the course knows: its assignments, who is in the class, and when things are due."""

    known: list[str]
    people: list[Person]
    due: dict[str, datetime.datetime]

    def spelled(self, student: str) -> tuple[str, str]:
        """Return the id as the roster spells it, and what is to be said of it where a roster has been read."""
        same = next((one for one in self.people if one.id.casefold() == student.casefold()), None)
        if same is not None and same.left:
            return same.id, f"; {same.id} left the class on {same.left}"
        if any(one.listed for one in self.people) and not (same and same.listed):
            return student, f"; {student} is not in the roster"
        return (same.id if same else student), ""


def collect(root: Path, inbox: Path, submitted: datetime.datetime | None = None) -> Iterator[str]:
    """Move the submissions in `inbox` to class/submitted, and yield what was done with each, as a line.

    `inbox` is a folder of zips of `course submit`, and of notebooks that a platform has named; or one zip file: a
    submission, or what Moodle or Canvas gives for "download all submissions". The latter stays where it is.

    The time of a submission is that of its file in the inbox, or in the platform's zip, for its author cannot set
    that; `submitted` replaces it, where the files' own times are those of a download. What Canvas has not marked as
    late came no later than the due date. Of several from one student the latest counts; the earlier ones are kept in
    class/earlier. A file that is refused stays in the inbox, and when all are done CourseError says how many were.
    """
    directory, _ = course_directory(root)
    folders = Folders(root / directory.submitted_directory, root / "class" / "earlier")
    of_class = _Class(assignments(root), _people(root), _due_dates(root))
    with ExitStack() as stack:
        if inbox.is_dir():
            arrivals = list(_in_folder(inbox, of_class))
            if not arrivals:
                raise CourseError(f"{inbox} holds no zip files, and no notebooks that a platform has named.")
        elif inbox.is_file():
            arrivals = list(_in_file(inbox, of_class, stack))
        else:
            raise UsageError(f"{inbox} is not a folder: give the folder that holds the submitted zip files.")
        refused = 0
        for arrival in sorted(arrivals, key=lambda arrival: (arrival.came, arrival.attempt, arrival.shown)):
            try:
                packed = arrival.read()
                student, remark = of_class.spelled(packed.student)
                came = submitted or _came(arrival, of_class.due.get(packed.assignment))
                done = folders.place(Submission(student, packed.assignment, packed.notebook, came))
                yield f"{arrival.shown}: {done}{remark}"
            except CourseError as error:
                refused += 1
                yield f"{arrival.shown}: refused: {error}"
            else:
                arrival.done()
    if refused:
        raise CourseError(
            f"{refused} of {len(arrivals)} files were refused and are still in {inbox}: see the lines above."
        )


def _came(arrival: _Arrival, due: datetime.datetime | None) -> datetime.datetime:
    return min(arrival.came, due) if due and arrival.late is False else arrival.came


def _in_folder(inbox: Path, of_class: _Class) -> Iterator[_Arrival]:
    for path in inbox.iterdir():
        if path.is_dir() and not path.is_symlink():
            if sender(f"{path.name}/file") is None:
                continue
            for file in path.iterdir():
                if file.suffix.lower() in _KINDS:
                    yield _named(file, f"{path.name}/{file.name}", of_class, partial(_put_away, file))
        elif path.suffix.lower() == ".zip" and sender(path.name) is None:
            read = partial(_read_zip, path, of_class.known)
            yield _Arrival(path.name, _modified(path), 0, read, path.unlink)
        elif path.suffix.lower() in _KINDS:
            yield _named(path, path.name, of_class, path.unlink)


def _put_away(file: Path) -> None:
    file.unlink()
    if not any(file.parent.iterdir()):
        file.parent.rmdir()


def _read_zip(path: Path, known: list[str]) -> Packed:
    require_plain(path, archives.LARGEST_ZIP)
    try:
        return read_packed(path, path.name, known)
    except CourseError:
        # Its names were written by whoever made it. Only a person can say that this was the platform.
        if _is_download(path):
            raise CourseError(
                f"it looks like a download of a whole class: if it comes from Moodle or Canvas itself, "
                f"run `course collect {path}`"
            ) from None
        raise


def _named(path: Path, name: str, of_class: _Class, done: Callable[[], None]) -> _Arrival:
    """A file in the inbox that a platform has named, or nobody."""

    def content() -> bytes:
        require_plain(path, archives.LARGEST_FILE, "a file")
        return path.read_bytes()

    who = sender(name)
    if who is None:
        return _Arrival(name, _modified(path), 0, partial(_refuse, _NO_NAME))
    read = partial(_read_named, who, content, of_class)
    return _Arrival(name, _modified(path), attempt(who.file)[1], read, done, who.late)


def _refuse(reason: str) -> Packed:
    raise CourseError(reason)


def _in_file(path: Path, of_class: _Class, stack: ExitStack) -> Iterator[_Arrival]:
    """A zip that the instructor names: a submission, or a platform's download, which the instructor vouches for."""
    try:
        if not _is_download(path):
            yield _Arrival(
                path.name, _modified(path), 0, partial(_read_zip, path, of_class.known), path.unlink
            )
            return
        members = stack.enter_context(archives.open_download(path))
    except CourseError as error:
        raise CourseError(f"{path}: {error}.") from error
    for member in members:
        who = sender(member.name)
        if Path(who.file if who else member.name).suffix.lower() not in _KINDS:
            continue
        if who is None:
            yield _Arrival(member.name, _written(member, path), 0, partial(_refuse, _NO_PLATFORM_NAME))
            continue
        read = partial(_read_named, who, member.read, of_class)
        yield _Arrival(member.name, _written(member, path), attempt(who.file)[1], read, late=who.late)


def _is_download(path: Path) -> bool:
    """Whether most of the zip's files are named as a platform names them, and none labels it as a submission."""
    try:
        with archives.open_download(path) as members:
            names = [member.name for member in members]
    except CourseError:
        return False
    return LABEL not in names and 2 * sum(sender(name) is not None for name in names) > len(names)


def _read_named(who: Sender, content: Callable[[], bytes], of_class: _Class) -> Packed:
    student = match(who, of_class.people)
    if who.file.lower().endswith(".zip"):
        packed = read_packed(io.BytesIO(content()), who.file, of_class.known, platform=True)
        if packed.student != student:
            raise CourseError(
                f"{who.platform} has it from {student}, but it says inside that it is {packed.student}'s"
            )
        return packed
    notebook = content()
    require_notebook(notebook)
    return Packed(_assignment(who.file, notebook, of_class.known), student, notebook)


def _assignment(file: str, notebook: bytes, known: list[str]) -> str:
    stem, _ = attempt(file)
    named = next((name for name in known if name.casefold() == stem.casefold()), None)
    if named is None:
        try:
            named = name_assignment(file, json.loads(notebook))
        except CourseError:
            named = None
    if named not in known:
        raise CourseError(f"its name {file[:80]!r} is that of no assignment; there are: {', '.join(known)}")
    return named


def _modified(path: Path) -> datetime.datetime:
    """When the file was written; of somebody else's file, who can set that, when it was last changed in any way."""
    about = path.lstat()
    theirs = hasattr(os, "geteuid") and about.st_uid != os.geteuid()
    return datetime.datetime.fromtimestamp(about.st_ctime if theirs else about.st_mtime, datetime.UTC)


def _written(member: archives.Member, download: Path) -> datetime.datetime:
    """What the platform wrote into its zip, in the time of this machine, never later than the zip itself."""
    downloaded = _modified(download)
    try:
        written = datetime.datetime(*member.written).astimezone(datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return downloaded
    return min(written, downloaded) if written.year > 1980 else downloaded


def _people(root: Path) -> list[Person]:
    directory, _ = course_directory(root)
    return people(root) if database(directory).is_file() else []


def _due_dates(root: Path) -> dict[str, datetime.datetime]:
    directory, _ = course_directory(root)
    if not database(directory).is_file():
        return {}
    with open_gradebook(directory) as gradebook:
        return {
            assignment.name: assignment.duedate.replace(tzinfo=datetime.UTC)
            for assignment in gradebook.assignments
            if assignment.duedate
        }
