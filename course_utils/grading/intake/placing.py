"""Put a submission where nbgrader looks for it: class/submitted/STUDENT/ASSIGNMENT, nothing that was there lost."""

from __future__ import annotations

import datetime
import itertools
import tempfile
from dataclasses import dataclass
from pathlib import Path

from course_utils.grading.owned import make_owned

#: As nbgrader writes it into timestamp.txt.
_TIME = "%Y-%m-%d %H:%M:%S.%f UTC"
TIMESTAMP = "timestamp.txt"


@dataclass(frozen=True)
class Submission:
    """One student's notebook for one assignment, and when it came in."""

    student: str
    assignment: str
    notebook: bytes
    came: datetime.datetime


@dataclass(frozen=True)
class Folders:
    """Where submissions go: what counts, and what came earlier."""

    submitted: Path
    earlier: Path

    def place(self, submission: Submission) -> str:
        """Put the submission into its place, or beside it when a later one is there; say what was done."""
        target = self.submitted / submission.student / submission.assignment
        who = f"{submission.assignment} of {submission.student}"
        before = time_of(target)
        if before is not None and _holds(target, submission):
            first = min(before, submission.came)
            (target / TIMESTAMP).write_text(stamp(first), encoding="utf-8")
            return f"{who} is there already, submitted {first:%Y-%m-%d %H:%M} UTC"
        if before is not None and before > submission.came:
            kept = self._kept(submission, f"{submission.came:%Y-%m-%dT%H%M%S.%f}")
            _write(submission, kept)
            return f"{who} kept as an earlier one; that of {before:%Y-%m-%d %H:%M} counts"
        if target.exists():
            kept = self._kept(submission, f"{before:%Y-%m-%dT%H%M%S.%f}" if before else "without-time")
            make_owned(kept.parent)
            target.rename(kept)
        _write(submission, target)
        return f"{who}, submitted {submission.came:%Y-%m-%d %H:%M} UTC" + (
            ", in place of an earlier one" if before else ""
        )

    def _kept(self, submission: Submission, name: str) -> Path:
        """A folder that is not there yet."""
        folder = self.earlier / submission.student / submission.assignment
        names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
        return next(folder / one for one in names if not (folder / one).exists())


def stamp(moment: datetime.datetime) -> str:
    """Return the time as nbgrader reads it from timestamp.txt."""
    return moment.astimezone(datetime.UTC).strftime(_TIME) + "\n"


def time_of(folder: Path) -> datetime.datetime | None:
    """Return the time of the submission in the folder, where there is one that can be read."""
    try:
        text = (folder / TIMESTAMP).read_text(encoding="utf-8").strip()
        return datetime.datetime.strptime(text, _TIME).replace(tzinfo=datetime.UTC)
    except (OSError, ValueError):
        return None


def _holds(target: Path, submission: Submission) -> bool:
    try:
        return (target / f"{submission.assignment}.ipynb").read_bytes() == submission.notebook
    except OSError:
        return False


def _write(submission: Submission, target: Path) -> None:
    make_owned(target.parent)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as work:
        whole = make_owned(Path(work) / "whole")
        (whole / f"{submission.assignment}.ipynb").write_bytes(submission.notebook)
        (whole / TIMESTAMP).write_text(stamp(submission.came), encoding="utf-8")
        whole.rename(target)
