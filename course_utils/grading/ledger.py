"""Which submissions were graded, and from what: so that a second run grades only what has changed.

A small SQLite file of our own beside the gradebook. It is written last, after the gradebook; a run that was killed in
between grades that submission again. It is a memory and no more: without it, everything is graded again.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_NAME = "course-grade.db"
_TABLES = """
CREATE TABLE IF NOT EXISTS graded (
    assignment TEXT, student TEXT, fingerprint TEXT, results TEXT, PRIMARY KEY (assignment, student)
);
CREATE TABLE IF NOT EXISTS released (assignment TEXT PRIMARY KEY, fingerprint TEXT);
"""


@dataclass(frozen=True)
class Entry:
    """What was graded for one student.

    Attributes:
        fingerprint: of everything that the grades depend on.
        results: one for each notebook, as `Graded.as_dict` has it, with what `Standing` said then.
    """

    fingerprint: str
    results: tuple[dict[str, Any], ...]


class Ledger:
    """The file, open. A context manager, to be used in one thread."""

    def __init__(self, folder: Path) -> None:
        """Open nothing yet; `folder` is that of the gradebook."""
        self.path = folder / _NAME

    def __enter__(self) -> Self:
        try:
            self._database = self._open()
        except sqlite3.DatabaseError:  # damaged: begin a new one
            self.path.unlink()
            self._database = self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._database.close()

    def _open(self) -> sqlite3.Connection:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        database = sqlite3.connect(self.path, isolation_level=None)
        try:
            database.executescript(_TABLES)
            database.execute("SELECT count(*) FROM graded").fetchall()
        except sqlite3.DatabaseError:
            database.close()
            raise
        return database

    def entries(self, assignment: str) -> dict[str, Entry]:
        """Return what was graded for an assignment, by student."""
        rows = self._database.execute(
            "SELECT student, fingerprint, results FROM graded WHERE assignment = ?", (assignment,)
        )
        return {student: Entry(fingerprint, tuple(json.loads(data))) for student, fingerprint, data in rows}

    def keep(self, assignment: str, student: str, entry: Entry) -> None:
        """Remember what was graded for a student."""
        self._database.execute(
            "INSERT OR REPLACE INTO graded VALUES (?, ?, ?, ?)",
            (assignment, student, entry.fingerprint, json.dumps(entry.results)),
        )

    def forget(self, assignment: str, student: str) -> None:
        """Forget a student's grading, so that the next run grades again."""
        self._database.execute(
            "DELETE FROM graded WHERE assignment = ? AND student = ?", (assignment, student)
        )

    def released(self, assignment: str) -> str:
        """Return the fingerprint under which the release of an assignment was found right; empty if never."""
        query = "SELECT fingerprint FROM released WHERE assignment = ?"
        row = self._database.execute(query, (assignment,)).fetchone()
        return row[0] if row else ""

    def keep_released(self, assignment: str, fingerprint: str) -> None:
        """Remember that the release of an assignment was found right."""
        self._database.execute("INSERT OR REPLACE INTO released VALUES (?, ?)", (assignment, fingerprint))
