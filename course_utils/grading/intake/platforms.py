"""Whose file it is, by the name that Moodle or Canvas gave it, and by the roster.

The platform writes the start of the name, the student only the end of it:

    Moodle, in folders   Ada Lovelace_12345_assignsubmission_file_/week1.ipynb
    Moodle, flat         Ada Lovelace_12345_assignsubmission_file_week1.ipynb
    Canvas               lovelaceada_12345_678901_week1.ipynb
    Canvas, late         lovelaceada_LATE_12345_678901_week1-1.ipynb

Canvas' first number is the user's. Moodle's is that of a participant in this one assignment, and says nothing to
anybody else: there the name decides. Canvas puts -1, -2 … behind the name of a file that was handed in again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from course_utils.errors import CourseError
from course_utils.grading.roster import Person

_MOODLE = re.compile(
    r"(?P<name>[^/]+?)_(?P<number>\d+)_assignsubmission_(?P<kind>file|onlinetext)_/?(?P<file>.*)"
)
_CANVAS = re.compile(r"(?P<name>[^_/]+)_(?P<late>LATE_)?(?P<number>\d+)_(?P<upload>\d+)_(?P<file>[^/]+)")
_AGAIN = re.compile(r"(?P<stem>.*?)(?:-(?P<dash>\d{1,3})| ?\((?P<browser>\d{1,3})\))?\.ipynb", re.S)


@dataclass(frozen=True)
class Sender:
    """Whom the platform says a file is from, and what they called it.

    `late` is Canvas' own word that it came after the due date there; Moodle's names do not say, so None.
    """

    platform: str
    name: str
    number: str
    file: str
    late: bool | None = None


def sender(path: str) -> Sender | None:
    """Return whom a file of a platform's download is from, or None when its name is not of such a form."""
    if moodle := _MOODLE.fullmatch(path):
        if moodle["kind"] == "onlinetext" or "/" in moodle["file"]:
            return None
        return Sender("Moodle", moodle["name"].replace("_", " "), moodle["number"], moodle["file"])
    if canvas := _CANVAS.fullmatch(path):
        return Sender("Canvas", canvas["name"], canvas["number"], canvas["file"], canvas["late"] is not None)
    return None


def attempt(file: str) -> tuple[str, int]:
    """Split "week1-2.ipynb" or "week1 (2).ipynb" into the notebook's name and the number of the attempt."""
    found = _AGAIN.fullmatch(file)
    if found is None:
        return file, 0
    return found["stem"], int(found["dash"] or found["browser"] or 0)


def match(who: Sender, class_list: Iterable[Person]) -> str:
    """Return the id of the student. Raises CourseError, with the line to add to the roster, when it is not clear."""
    everybody = list(class_list)
    if who.platform == "Canvas":
        by_number = [person for person in everybody if person.lms_user_id == who.number]
        if len(by_number) == 1:
            return by_number[0].id
        everybody = [person for person in everybody if not person.lms_user_id]
    numbered = f"Participant {who.number}"
    by_number = [person for person in everybody if person.lms_user_id == numbered]
    if who.platform == "Moodle" and len(by_number) == 1:
        return by_number[0].id
    found = _named(who.name, everybody)
    if len(found) == 1:
        return found[0].id
    number = who.number if who.platform == "Canvas" else numbered
    if found:
        ids = " and ".join(person.id for person in found)
        raise CourseError(
            f"{ids} are both called {who.name[:80]}: give one of them the lms_user_id {number} in the roster, "
            "read it with `course class roster`, and collect again"
        )
    first, _, last = who.name.rpartition(" ") if who.platform == "Moodle" else ("", "", who.name)
    raise CourseError(
        f"nobody in the roster is {who.name[:80]} ({who.platform} {number}): add the line "
        f"STUDENT_ID,{first[:60]},{last[:60]},{number} under student_id,first_name,last_name,lms_user_id"
    )


def _named(name: str, class_list: list[Person]) -> list[Person]:
    """Those of that name; Moodle puts the name of a group and a dash before it, where groups hand in."""
    parts = name.split("-")
    for start in range(len(parts)):
        for plain in (_letters, _ascii):
            wanted = plain("-".join(parts[start:]))
            found = [person for person in class_list if wanted and wanted in _spellings(person, plain)]
            if found:
                return found
    return []


def _spellings(person: Person, plain: Callable[[str], str]) -> set[str]:
    first, last = plain(person.first_name), plain(person.last_name)
    return {first + last, last + first} if first or last else set()


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def _ascii(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in apart if letter.isalnum() and not unicodedata.combining(letter))
