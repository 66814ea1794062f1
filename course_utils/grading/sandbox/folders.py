"""The levels without namespaces: a folder in temporary space, limits, a filter of system calls, perhaps Landlock."""

from __future__ import annotations

import os
import shutil
import signal
import sysconfig
from pathlib import Path
from typing import Any

from course_utils.grading.sandbox import call_filter, landlock, system_calls
from course_utils.grading.sandbox.confinement import (
    Confinement,
    become,
    give_up_rights,
    limit,
    size_of,
    some_user,
)
from course_utils.grading.sandbox.usage import adopt_orphans
from course_utils.grading.sandbox.visible import DEVICES, KERNEL_FILES, readable_paths

# Where a user's processes cannot be counted cheaply, the limit of their number is this much higher.
_MANY = 4096


class OwnFolder(Confinement):
    """A child with a folder of its own, without rights or network. It can still read what its user can read."""

    def __init__(self, limits: dict[str, Any], folder: Path) -> None:
        super().__init__(limits, folder)
        self.user = some_user() if python_is_public() else None

    def enter(self) -> None:
        """Adopt whatever the student's processes leave behind; be another user if root; lose all rights."""
        adopt_orphans()
        become(self.user)
        # Told of the keeper's end, the first process ends all that the student started before itself.
        give_up_rights(signal.SIGTERM)
        system_calls.prctl(system_calls.PR_SET_DUMPABLE, 0)

    def seal(self) -> None:
        """Limit the student's process, hide what can be hidden from it, and filter its system calls."""
        system_calls.prctl(system_calls.PR_SET_DUMPABLE, 1)
        system_calls.prctl(system_calls.PR_SET_PDEATHSIG, signal.SIGKILL)
        limit(self.limits, 0 if self.user is not None else _processes_of(os.getuid()))
        signals_stay_inside = self._hide_files()
        call_filter.install(contained=False, own_signals_only=not signals_stay_inside)

    def disk_used(self) -> int:
        """Bytes in the folder's files."""
        return size_of(self.place.root)

    def clean(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.place.root, ignore_errors=True)

    def _hide_files(self) -> bool:
        """Whether signals to processes outside are refused with it."""
        return False


class Landlocked(OwnFolder):
    """As OwnFolder, but the child can read and write nothing else."""

    def __init__(self, limits: dict[str, Any], folder: Path, readable: tuple[Path, ...] = ()) -> None:
        super().__init__(limits, folder)
        self.readable = readable

    def _hide_files(self) -> bool:
        own = Path(f"/proc/{os.getpid()}")
        readable = (*readable_paths(self.readable), *map(Path, KERNEL_FILES), own)
        landlock.restrict(readable, (self.place.root, *map(Path, DEVICES)))
        return landlock.version() >= landlock.HAS_SCOPES


class Unconfined(Confinement):
    """No confinement, but a folder that is removed at the end, and everything started dies with the child."""

    watched = False

    def enter(self) -> None:
        """Adopt whatever the student's processes leave behind."""
        adopt_orphans()
        system_calls.prctl(system_calls.PR_SET_PDEATHSIG, signal.SIGTERM)

    def seal(self) -> None:
        """End with the first process."""
        system_calls.prctl(system_calls.PR_SET_PDEATHSIG, signal.SIGKILL)

    def clean(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.place.root, ignore_errors=True)


def python_is_public() -> bool:
    """Whether every user can read this Python, and so a child of root be another user."""
    path = Path(sysconfig.get_path("stdlib")) / "os.py"
    public = path.stat().st_mode & 0o004
    return bool(public) and all(folder.stat().st_mode & 0o001 for folder in path.parents)


def _processes_of(user: int) -> int:
    """How many processes and threads the user has on this machine."""
    total = 0
    if not system_calls.LINUX:
        return _MANY
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.stat(f"/proc/{name}").st_uid == user:
                    total += len(os.listdir(f"/proc/{name}/task"))
            except OSError:  # gone meanwhile
                continue
    return total
