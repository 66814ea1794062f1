"""Read a roster: a CSV file as spreadsheets, universities, Moodle and Canvas write it, every bad line named."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course_utils.errors import UsageError
from course_utils.submission import STUDENT_ID

LARGEST = 10 * 2**20
_SHOWN = 20
#: What a column may be called, letters and digits alone, the best name first.
_NAMES = {
    "id": (
        "studentid",
        "sisloginid",
        "sisuserid",
        "idnumber",
        "studentnumber",
        "matrikelnummer",
        "numeroetudiant",
        "username",
        "loginid",
        "login",
        "userid",
        "benutzername",
        "id",
    ),
    "first_name": (
        "firstname",
        "firstnames",
        "givenname",
        "givennames",
        "forename",
        "vorname",
        "prenom",
        "nombre",
    ),
    "last_name": ("lastname", "surname", "familyname", "nachname", "nom", "apellidos", "apellido", "sisname"),
    "email": ("email", "emailaddress", "mail", "emailadresse", "courriel", "correo"),
    "lms_user_id": (
        "lmsuserid",
        "lmsid",
        "canvasid",
        "canvasuserid",
        "moodleid",
        "moodleuserid",
        "participantid",
    ),
    "name": ("name", "fullname", "student", "studentname", "displayname"),
}


@dataclass(frozen=True)
class Line:
    """One person of a roster, as nbgrader's gradebook has them; what is not known is empty."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""


def read(path: Path) -> list[Line]:
    """Read the roster at `path`. Raises UsageError that names every bad line; a roster is taken whole or not at all."""
    rows = _rows(path)
    try:
        _, header = next(rows)
    except StopIteration:
        raise UsageError(
            f"{path} is empty: its first line has to name the columns, such as student_id."
        ) from None
    columns = _columns(path, header)
    lines: list[Line] = []
    wrong: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    for number, row in rows:
        found = {name: row[place].strip() if place < len(row) else "" for name, place in columns.items()}
        if not any(cell.strip() for cell in row) or _is_no_student(found):
            continue
        line = _line(found)
        problems = _problems(line, len(row) - len(header), number, seen)
        wrong += [f"line {number}: {problem}" for problem in problems]
        lines.append(line)
    if wrong:
        more = f"\n… and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        listed = "\n".join(wrong[:_SHOWN])
        raise UsageError(f"{path} was not taken, nothing is changed; correct these lines:\n{listed}{more}")
    if not lines:
        raise UsageError(f"{path} names nobody: under the line with the columns, one line a student.")
    return lines


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of the line on which it ends."""
    text = _text(path)
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if row and any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise UsageError(f"{path}, line {reader.line_num}: {error}; save it as CSV.") from error


def _text(path: Path) -> str:
    if not path.is_file():
        raise UsageError(f"{path} does not exist: give a CSV file of the students.")
    content = path.read_bytes()
    if len(content) > LARGEST:
        raise UsageError(f"{path} is larger than {LARGEST // 2**20} MB: give a CSV file of the students.")
    if content[:2] == b"PK":
        raise UsageError(f"{path} is a spreadsheet, or another zip: save it as CSV first.")
    utf_16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if utf_16 else ("utf-8-sig", "cp1252", "latin-1"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\n")
        # A line that Excel writes, or reads, to say which character parts the columns.
        return re.sub(r"\Asep=.\n", "", text, flags=re.I)
    raise UsageError(f"{path} is not text: save it as CSV in UTF-8.")


def _columns(path: Path, header: list[str]) -> dict[str, int]:
    """The place of each column that is there; Canvas calls its own number "ID" and the student's "SIS Login ID"."""
    plain = [_plain(cell) for cell in header]
    columns = {}
    for field, names in _NAMES.items():
        known = next((name for name in names if name in plain), None)
        if known is not None:
            columns[field] = plain.index(known)
    if "id" in plain and columns.get("id") != plain.index("id"):
        columns.setdefault("lms_user_id", plain.index("id"))
    if "id" not in columns:
        shown = ", ".join(cell.strip() for cell in header)[:200]
        raise UsageError(
            f"{path} has no column with the students' ids: call it student_id. Its first line reads: {shown}"
        )
    return columns


def _plain(cell: str) -> str:
    apart = unicodedata.normalize("NFKD", cell.casefold())
    return "".join(letter for letter in apart if letter.isalnum() and letter.isascii())


def _is_no_student(found: dict[str, str]) -> bool:
    """Canvas' gradebook has a row of the points possible, and one of a test student."""
    name = found.get("name", "").casefold()
    return not found["id"] and name in ("points possible", "student, test")


def _line(found: dict[str, str]) -> Line:
    first, last = found.get("first_name", ""), found.get("last_name", "")
    name = found.get("name", "")
    if name and not (first or last):
        last, comma, first = (part.strip() for part in name.partition(","))
        if not comma:
            first, _, last = name.rpartition(" ")
    return Line(found["id"], first, last, found.get("email", ""), found.get("lms_user_id", ""))


def _problems(line: Line, surplus: int, number: int, seen: dict[tuple[str, str], int]) -> Iterator[str]:
    if surplus > 0:
        yield "more columns than the first line names; is a comma in a name without quotes?"
    if not line.id:
        yield "there is no student id"
    elif not STUDENT_ID.fullmatch(line.id) or ".." in line.id:
        yield f"{line.id[:60]!r} is no student id: use letters and digits, and . _ @ - inside"
    if line.email and not re.fullmatch(r"[^@\s,;]+@[^@\s,;]+", line.email):
        yield f"{line.email[:60]!r} is no email address"
    # Folders of submissions are named by the id, and some systems do not tell ADA from ada.
    for what, value in (("student id", line.id.casefold()), ("LMS user id", line.lms_user_id)):
        if value and seen.setdefault((what, value), number) != number:
            yield f"the {what} {value[:60]!r} is that of line {seen[what, value]} as well"
    for value in (line.first_name, line.last_name, line.email, line.lms_user_id):
        if len(value) > 128 or any(unicodedata.category(letter) == "Cc" for letter in value):
            yield f"{value[:30]!r}… is too long, or holds control characters"
