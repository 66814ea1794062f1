"""Bring submissions in: zips from an inbox folder into nbgrader's class/submitted, safely."""

from __future__ import annotations

import datetime
import json
import re
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course_utils.errors import CourseError, UsageError
from course_utils.grading.course import assignments, course_directory
from course_utils.submission import LABEL, STUDENT_ID

LARGEST_ZIP = 20 * 2**20
LARGEST_FILE = 20 * 2**20
MOST_FILES = 50
#: As nbgrader writes it into timestamp.txt.
_TIME = "%Y-%m-%d %H:%M:%S.%f UTC"
#: ASSIGNMENT-STUDENT.zip, also as a browser renames a second download: "week1-ada (1).zip".
_ZIP_NAME = re.compile(r"(?P<assignment>[a-z0-9]+)-(?P<student>[^/ ]+?)(?: ?\(\d+\))?\.zip")
_IGNORED = ("__MACOSX/", ".DS_Store")


@dataclass(frozen=True)
class Submission:
    """One student's notebook for one assignment, and when it came in."""

    student: str
    assignment: str
    notebook: bytes
    came: datetime.datetime


def collect(root: Path, inbox: Path) -> Iterator[str]:
    """Move the submissions in `inbox` to class/submitted, and yield what was done with each zip, as a line.

    The time of a submission is that of its file in the inbox, for its author cannot set that. Of several from
    one student the latest counts; the earlier ones are kept in class/earlier. A zip that is refused stays in
    the inbox, and when all are done CourseError says how many were.
    """
    if not inbox.is_dir():
        raise UsageError(f"{inbox} is not a folder: give the folder that holds the submitted zip files.")
    directory, _ = course_directory(root)
    submitted = root / directory.submitted_directory
    zips = [path for path in inbox.iterdir() if path.suffix.lower() == ".zip"]
    if not zips:
        raise CourseError(f"{inbox} holds no zip files.")
    refused = 0
    for path in sorted(zips, key=lambda path: (path.lstat().st_mtime, path.name)):
        try:
            submission = read_zip(path, assignments(root))
            yield f"{path.name}: {_place(submission, submitted, root / 'class' / 'earlier')}"
        except CourseError as error:
            refused += 1
            yield f"{path.name}: refused: {error}"
        else:
            path.unlink()
    if refused:
        raise CourseError(
            f"{refused} of {len(zips)} files were refused and are still in {inbox}: see the lines above."
        )


def read_zip(path: Path, known: list[str]) -> Submission:
    """Read a submission without writing anything. Raises CourseError, with the reason, if it is not right."""
    information = path.lstat()
    if not stat.S_ISREG(information.st_mode):
        raise CourseError("it is a link or a special file, not a zip")
    if information.st_size > LARGEST_ZIP:
        raise CourseError(f"it is larger than {LARGEST_ZIP // 2**20} MB")
    try:
        with zipfile.ZipFile(path) as archive:
            files = _members(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise CourseError(f"it cannot be opened as a zip: {error}") from error
    assignment, student = _who(path.name, files.get(LABEL))
    if assignment not in known:
        raise CourseError(f"there is no assignment {assignment!r}")
    notebook = files.get(f"{assignment}.ipynb")
    if notebook is None:
        raise CourseError(f"there is no {assignment}.ipynb in it")
    _require_notebook(notebook)
    came = datetime.datetime.fromtimestamp(information.st_mtime, datetime.UTC)
    return Submission(student, assignment, notebook, came)


def _members(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise CourseError(f"it holds more than {MOST_FILES} files")
    files: dict[str, bytes] = {}
    left = LARGEST_FILE
    for entry in entries:
        if entry.is_dir() or entry.filename.startswith(_IGNORED[0]) or entry.filename.endswith(_IGNORED[1]):
            continue
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise CourseError(f"{entry.filename[:80]!r} in it is a link or a special file")
        if not re.fullmatch(r"[\w.@ ()-]{1,100}", entry.filename) or entry.filename.startswith("."):
            raise CourseError(f"{entry.filename[:80]!r} in it is not the plain name of a file")
        if entry.filename in files:
            raise CourseError(f"{entry.filename[:80]!r} is in it twice")
        # What an entry says of its own size is not to be trusted: read up to the cap, and one byte.
        with archive.open(entry) as file:
            content = file.read(left + 1)
        left -= len(content)
        if left < 0:
            raise CourseError(f"it unpacks to more than {LARGEST_FILE // 2**20} MB")
        files[entry.filename] = content
    return files


def _who(file_name: str, label: bytes | None) -> tuple[str, str]:
    named = _ZIP_NAME.fullmatch(file_name)
    found = (named["assignment"], named["student"]) if named else None
    if label is not None:
        try:
            data = json.loads(label[:10_000])
            said = str(data["assignment"]), str(data["student"])
        except (ValueError, KeyError, TypeError) as error:
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


def _require_notebook(content: bytes) -> None:
    try:
        notebook = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CourseError(f"its notebook is not JSON: {str(error)[:100]}") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not cells or notebook.get("nbformat") != 4:
        raise CourseError("its notebook is not a Jupyter notebook of format 4")


def _place(submission: Submission, submitted: Path, earlier: Path) -> str:
    target = submitted / submission.student / submission.assignment
    who = f"{submission.assignment} of {submission.student}"
    before = _time_of(target)
    if before is not None and before > submission.came:
        kept = earlier / submission.student / submission.assignment / f"{submission.came:%Y-%m-%dT%H%M%S.%f}"
        if not kept.exists():
            _write(submission, kept)
        return f"{who} kept as an earlier one; that of {before:%Y-%m-%d %H:%M} counts"
    if target.exists():
        name = f"{before:%Y-%m-%dT%H%M%S.%f}" if before else "without-time"
        kept = earlier / submission.student / submission.assignment / name
        kept.parent.mkdir(parents=True, exist_ok=True)
        if kept.exists():
            shutil.rmtree(kept)
        target.rename(kept)
    _write(submission, target)
    return f"{who}, submitted {submission.came:%Y-%m-%d %H:%M} UTC" + (
        ", in place of an earlier one" if before else ""
    )


def _write(submission: Submission, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as work:
        whole = Path(work) / "whole"
        whole.mkdir()
        (whole / f"{submission.assignment}.ipynb").write_bytes(submission.notebook)
        (whole / "timestamp.txt").write_text(submission.came.strftime(_TIME) + "\n", encoding="utf-8")
        whole.rename(target)


def _time_of(folder: Path) -> datetime.datetime | None:
    try:
        text = (folder / "timestamp.txt").read_text(encoding="utf-8").strip()
        return datetime.datetime.strptime(text, _TIME).replace(tzinfo=datetime.UTC)
    except (OSError, ValueError):
        return None
