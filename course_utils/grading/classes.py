"""A new class: its secret, from which its hidden inputs are made."""

from __future__ import annotations

import datetime
import os
import secrets
from pathlib import Path

from course_utils.checks.registry import WEEKS, week_checks
from course_utils.checks.running import CONFIG, hidden_case
from course_utils.checks.secret import secret_path
from course_utils.errors import CourseError


def class_new(root: Path | None = None) -> str:
    """Make the class secret in the user's configuration folder, outside the repository; say what was done.

    The secret of the class before is kept beside it, under its date. Refused while the course's class/ folder
    holds submissions: with another secret their hidden inputs, and so their marks, would change.
    """
    root = root or Path.cwd()
    if (root / CONFIG).is_file() and any((root / "class" / "submitted").glob("*/*")):
        raise CourseError(
            f"{root / 'class'} still holds a class: move it away, then run `course class new` again."
        )
    path = secret_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = ""
    if path.exists():
        when = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)
        old = path.with_name(f"{path.name}.{when:%Y-%m-%dT%H%M%S}")
        path.rename(old)
        kept = f" The one before is kept as {old.name}."
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secrets.token_hex(32) + "\n")
    return f"A new class secret is in {path}, readable by you alone; keep a copy with the gradebook.{kept}"


def require_hidden_cases(assignment: str, **_: object) -> None:
    """Stop nbgrader's autograde, whose hook this is, before a broken case costs anybody points."""
    if assignment not in WEEKS:
        return
    try:
        hidden_case(next(iter(week_checks(assignment))))
    except CourseError as error:
        # nbgrader logs a hook's exceptions and goes on; it goes on from everything but this.
        raise SystemExit(str(error)) from None
    except Exception as error:
        raise SystemExit(f"solutions/{assignment}/private/cases.py cannot be used: {error!r}") from error
