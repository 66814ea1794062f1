"""What stands in a live cell: its code, and after it sections that begin with a line such as ``--- output``."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: The sections a cell may have; an exercise has all of them.
SECTIONS = ("output", "checks", "hint", "solution")
_HEAD = re.compile(r"---[ \t]+(?P<name>[a-z]+)[ \t]*")


class BodyMistake(ValueError):
    """A body that cannot be read: a sentence for its author."""


@dataclass(frozen=True)
class Body:
    """A cell's code and its sections, each without blank lines around it."""

    code: str
    sections: dict[str, str]

    @property
    def output(self) -> str:
        """What the page shows under the code, empty where it shows nothing."""
        return self.sections.get("output", "")


def read_body(text: str, allowed: tuple[str, ...] = ("output",)) -> Body:
    """The code and the sections of a live cell.

    Args:
        text: the directive's body.
        allowed: the names of the sections that this kind of cell may have.

    Raises:
        BodyMistake: there is no code, or a section is unknown, empty or stands twice.
    """
    parts: dict[str, list[str]] = {"": []}
    current = ""
    for line in text.split("\n"):
        head = _HEAD.fullmatch(line)
        if not head:
            parts[current].append(line)
            continue
        current = head["name"]
        if current not in allowed:
            known = " or ".join(f"--- {name}" for name in allowed)
            raise BodyMistake(f"“--- {current}” begins no section here; write {known}")
        if current in parts:
            raise BodyMistake(f"the section “--- {current}” stands twice; put all of it under one line")
        parts[current] = []
    texts = {name: "\n".join(lines).strip("\n").rstrip() for name, lines in parts.items()}
    code = texts.pop("")
    if not code.strip():
        raise BodyMistake("there is no code in it; write JavaScript above the first section")
    empty = next((name for name, words in texts.items() if not words), None)
    if empty:
        raise BodyMistake(f"the section “--- {empty}” is empty; fill it or take its line out")
    return Body(code, texts)
