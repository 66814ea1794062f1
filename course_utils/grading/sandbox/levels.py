"""The levels of confinement, and which of them this machine can do."""

from __future__ import annotations

from enum import StrEnum

from course_utils.errors import CourseError, UsageError

MODES = ("auto", "require", "off")


class Level(StrEnum):
    """What confines a student's process, best first."""

    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"
    LIMITS = "limits"
    OFF = "off"


def choose(sandbox: str) -> Level:
    """The level to use for `--sandbox SANDBOX`.

    Raises:
        UsageError: there is no such mode.
        CourseError: "require", and this machine has no working bubblewrap.
    """
    if sandbox not in MODES:
        raise UsageError(f"There is no sandbox mode {sandbox!r}; there are: {', '.join(MODES)}.")
    if sandbox == "require":
        raise CourseError("No bubblewrap.")
    return Level.OFF
