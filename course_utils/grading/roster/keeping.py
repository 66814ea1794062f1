"""Keep the roster in nbgrader's gradebook, and beside it who has left: nobody is ever deleted."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError
from course_utils.grading.course import course_directory, database, open_gradebook
from course_utils.grading.marks import mark
from course_utils.grading.owned import write_owned
from course_utils.grading.roster import table

_STATE = "roster.json"


@dataclass(frozen=True)
class Change:
    """What reading a roster changed: ids of students."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    left: tuple[str, ...]
    back: tuple[str, ...]
    total: int

    def __str__(self) -> str:
        lines = [f"{self.total} students in the class: {len(self.new)} new, {len(self.changed)} changed."]
        if self.left:
            lines.append(f"No longer in the roster, kept with all their marks: {', '.join(self.left)}")
        if self.back:
            lines.append(f"Back again: {', '.join(self.back)}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Person:
    """One student as the gradebook and the roster know them.

    `left` is the day on which a roster first lacked them; `listed` whether any roster ever named them; `marks` the
    score and the most points of each assignment that was handed in.
    """

    id: str
    first_name: str
    last_name: str
    email: str
    lms_user_id: str
    listed: bool
    left: str
    marks: dict[str, tuple[float, float]]

    @property
    def name(self) -> str:
        """First and last name, as far as they are known."""
        return f"{self.first_name} {self.last_name}".strip()


def take(root: Path, path: Path) -> Change:
    """Enter the roster at `path` into the gradebook. Students that it lacks are marked as gone, and kept."""
    lines = table.read(path)
    file = state_file(root)
    directory, _ = course_directory(root)
    with open_gradebook(directory) as gradebook:
        known = {student.id: student for student in gradebook.students}
        _require_one_spelling(path, lines, known)
        new, changed = [], []
        for line in lines:
            student = known.get(line.id)
            fields = {name: value for name, value in vars(line).items() if value and name != "id"}
            if student is None:
                new.append(line.id)
            elif any((getattr(student, name) or "") != value for name, value in fields.items()):
                changed.append(line.id)
            else:
                continue
            gradebook.update_or_create_student(line.id, **fields)
    here = {line.id for line in lines}
    state = _state(file)
    today = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
    before = {**dict.fromkeys(state["here"], ""), **state["left"]}
    left = {student: day or today for student, day in before.items() if student not in here}
    write_owned(file, json.dumps({"here": sorted(here), "left": left}, indent=1) + "\n")
    gone = tuple(sorted(left.keys() - state["left"].keys()))
    return Change(tuple(new), tuple(changed), gone, tuple(sorted(state["left"].keys() & here)), len(here))


def people(root: Path) -> list[Person]:
    """Return everybody whom the gradebook knows, by last name; raises CourseError when there is no gradebook."""
    directory, _ = course_directory(root)
    if not database(directory).is_file():
        raise CourseError(
            f"There is no gradebook at {database(directory)} yet: run `course class roster FILE`."
        )
    state = _state(state_file(root))
    with open_gradebook(directory) as gradebook:
        marks: dict[str, dict[str, tuple[float, float]]] = {}
        for assignment in gradebook.assignments:
            for submission in assignment.submissions:
                got = mark(submission) or 0.0, submission.max_score or 0.0
                marks.setdefault(submission.student_id, {})[assignment.name] = got
        found = [
            Person(
                student.id,
                student.first_name or "",
                student.last_name or "",
                student.email or "",
                student.lms_user_id or "",
                student.id in state["left"] or student.id in state["here"],
                state["left"].get(student.id, ""),
                marks.get(student.id, {}),
            )
            for student in gradebook.students
        ]
    return sorted(found, key=lambda person: (bool(person.left), person.last_name.casefold(), person.id))


def show(root: Path) -> Iterator[str]:
    """Yield the class as lines: who is in it, and what each has got so far."""
    everybody = people(root)
    if not everybody:
        yield "The class is empty: run `course class roster FILE`, or collect a submission."
        return
    wide, long = (max(len(getattr(person, what)) for person in everybody) for what in ("id", "name"))
    for person in everybody:
        marks = ", ".join(f"{name} {got:g} of {most:g}" for name, (got, most) in sorted(person.marks.items()))
        state = f"left {person.left}" if person.left else "" if person.listed else "not in the roster"
        said = "; ".join(filter(None, (marks or "nothing graded yet", state)))
        yield f"{person.id:<{wide}}  {person.name:<{long}}  {said}"
    here = sum(1 for person in everybody if not person.left)
    yield f"{here} students, {len(everybody) - here} who left."


def state_file(root: Path) -> Path:
    """Return where it is kept who is in the class and who has left: beside the gradebook."""
    directory, _ = course_directory(root)
    return database(directory).with_name(_STATE)


def left_class(gradebook: Path) -> set[str]:
    """Return the ids of those who have left the class whose gradebook this is."""
    return set(_state(gradebook.with_name(_STATE))["left"]) if gradebook.name else set()


def _require_one_spelling(path: Path, lines: list[table.Line], known: dict[str, Any]) -> None:
    """ADA and ada would be two students with one folder on some systems."""
    spelled = {student.casefold(): student for student in known}
    wrong = [
        f"{line.id} is in the gradebook as {spelled[line.id.casefold()]}"
        for line in lines
        if spelled.get(line.id.casefold(), line.id) != line.id
    ]
    if wrong:
        raise CourseError(
            f"{path} was not taken, write the ids as the gradebook does: {'; '.join(wrong[:20])}."
        )


def _state(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        return {
            "here": [str(one) for one in data["here"]],
            "left": {str(k): str(v) for k, v in data["left"].items()},
        }
    except FileNotFoundError:
        return {"here": [], "left": {}}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(
            f"{file} cannot be read ({error}): move it away, then read the roster again."
        ) from error
