"""The levels of confinement, and which of them this machine can do."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.errors import CourseError, UsageError
from course_utils.grading.sandbox import bubblewrap, landlock

if TYPE_CHECKING:
    from course_utils.grading.sandbox.confinement import Confinement

MODES = ("auto", "require", "off")


class Level(StrEnum):
    """What confines a student's process, best first."""

    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"
    LIMITS = "limits"
    OFF = "off"


#: What holds on each level, and what does not, in a sentence for people.
PROMISES = {
    Level.BUBBLEWRAP: "student code has no network, and sees no files, processes or variables but its own",
    Level.LANDLOCK: "student code has no network and no files but its own; it can see that other processes exist, "
    "and its limits on disk and processes are watched rather than walled",
    Level.LIMITS: "student code has no network and cannot signal other processes, but it CAN READ the files that "
    "you can read, the gradebook and the solutions included",
    Level.OFF: "nothing holds student code back",
}


def obstacle(level: Level) -> str:
    """Why this machine cannot do the level, as a sentence; "" when it can."""
    if level is Level.BUBBLEWRAP:
        return bubblewrap.obstacle()
    if level is Level.LANDLOCK and (not sys.platform.startswith("linux") or not landlock.version()):
        return "the kernel has no Landlock"
    return ""


def choose(sandbox: str) -> Level:
    """The level to use for `--sandbox SANDBOX`: "auto", "require", "off", or a level by its name.

    Raises:
        UsageError: there is no such mode.
        CourseError: this machine cannot do what was asked for; or root would have to run student code as root.
    """
    if sandbox in set(Level):
        level = Level(sandbox)
    elif sandbox == "require":
        level = Level.BUBBLEWRAP
    elif sandbox == "auto":
        level = next(one for one in Level if not obstacle(one))
    else:
        raise UsageError(f"There is no sandbox mode {sandbox!r}; there are: {', '.join(MODES)}.")
    if problem := obstacle(level):
        raise CourseError(f"--sandbox {sandbox} is not possible: {problem}.")
    if level is Level.LIMITS:
        _refuse_to_run_as_root()
    return level


def say(level: Level) -> str:
    """The level that holds, what it promises, and how to get a better one: one line for people."""
    promise = PROMISES[level]
    if level is Level.LIMITS and not sys.platform.startswith("linux"):
        promise = "on this system student code can do what you can do, but for limits on files and processes"
    line = f"Sandbox: {level}: {promise}."
    if level in {Level.LANDLOCK, Level.LIMITS}:
        line += f" For more: {obstacle(Level.BUBBLEWRAP)}."
    return line


def confinement(
    level: Level, limits: dict[str, Any], folder: Path, readable: tuple[Path, ...], share: str = ""
) -> Confinement:
    """The steps into the level, for one child.

    Args:
        level: the level.
        limits: the fields of `jobs.Limits`.
        folder: the child's own folder, which does not exist yet; not used by bubblewrap.
        readable: what it may read besides Python and this package.
        share: for bubblewrap, the name of the folder that it shares with the outside.
    """
    from course_utils.grading.sandbox import folders

    if level is Level.BUBBLEWRAP:
        from course_utils.grading.sandbox.namespaces import Namespaces

        return Namespaces(limits, share)
    if level is Level.LANDLOCK:
        return folders.Landlocked(limits, folder, readable)
    return folders.OwnFolder(limits, folder) if level is Level.LIMITS else folders.Unconfined(limits, folder)


def _refuse_to_run_as_root() -> None:
    import os

    from course_utils.grading.sandbox.folders import python_is_public

    if os.geteuid() == 0 and not python_is_public():
        raise CourseError(
            f"On this machine student code would run as root: {sys.base_prefix} can be read by root only, and "
            f"{obstacle(Level.BUBBLEWRAP)}; grade as an ordinary user, or use a Python that everybody can read."
        )
