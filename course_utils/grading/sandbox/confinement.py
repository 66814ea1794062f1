"""What every level of confinement has in common: its steps, who the student's process is, and its limits."""

from __future__ import annotations

import contextlib
import os
import resource
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.grading.sandbox import system_calls

# A user that no account has. The numbers above systemd's ranges for containers are given to nobody.
_FIRST_USER, _USERS = 1_900_000_000, 200_000_000


@dataclass(frozen=True)
class Place:
    """A child's own folders: `root` holds the others, which are named for what they are."""

    root: Path

    @property
    def home(self) -> Path:
        """HOME, empty at first."""
        return self.root / "home"

    @property
    def work(self) -> Path:
        """The working folder, with the submission's files."""
        return self.root / "work"

    @property
    def shared(self) -> Path:
        """What is shared with the outside, if anything is."""
        return self.root / "shared"

    @property
    def temporary(self) -> Path:
        """TMPDIR."""
        return self.root / "tmp"

    def make(self) -> None:
        """Make the folders."""
        for path in (self.home, self.work, self.temporary):
            path.mkdir(mode=0o700)

    def give_to(self, user: int) -> None:
        """Make everything in the folders the user's."""
        for path in (self.home, self.work, self.temporary):
            os.chown(path, user, user)
            for folder, folders, files in os.walk(path):
                for name in (*folders, *files):
                    os.chown(os.path.join(folder, name), user, user, follow_symlinks=False)


class Confinement:
    """The steps into a confinement. This class confines nothing; it is the level "off".

    `prepare` and `clean` are called in the keeper, `enter` in the child's first process, `seal` in the student's.
    """

    #: Whether the child's processes, and no others, are what /proc shows once `enter` has been called.
    private_processes = False
    #: Whether the keeper ends a child that uses more memory or disk than its limits.
    watched = True

    def __init__(self, limits: dict[str, Any], folder: Path) -> None:
        """`limits` are the fields of `jobs.Limits`; `folder` is where folders of children are made."""
        self.limits = limits
        self.place = Place(folder)
        self.user: int | None = None

    def prepare(self) -> None:
        """Make the place."""
        self.place.root.mkdir(mode=0o711)
        self.place.make()

    def hand_over(self) -> None:
        """Give the place, with its files, to the user that the student's process will be."""
        if self.user is not None:
            self.place.give_to(self.user)

    def enter(self) -> None:
        """Confine the first process."""

    def seal(self) -> None:
        """Confine the student's process, which has forked from the first one."""

    def disk_used(self) -> int:
        """Bytes of the place that are in use."""
        return 0

    def files_are_memory(self) -> bool:
        """Whether files in the place take memory."""
        return False

    def clean(self) -> None:
        """Remove the place."""


def size_of(folder: Path) -> int:
    """Bytes that the files in a folder take, links not followed."""
    total = 0
    for path, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):  # gone meanwhile
                total += os.lstat(os.path.join(path, name)).st_blocks * 512
    return total


def become(user: int | None) -> None:
    """Be another user, with no other groups, for good; None changes nothing."""
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def some_user() -> int | None:
    """The user to be for a child of root: one of its own. None where this process is not root."""
    return _FIRST_USER + secrets.randbelow(_USERS) if os.geteuid() == 0 else None


def limit(limits: dict[str, Any], others: int = 0) -> None:
    """Set what a single process may use.

    Args:
        limits: the fields of `jobs.Limits`.
        others: how many processes and threads its user has already.
    """
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: limits["files"],
        resource.RLIMIT_FSIZE: limits["file_size"],
    }
    if limits["processes"] is not None:
        wanted[resource.RLIMIT_NPROC] = limits["processes"] + others
    if limits["memory"] is not None and system_calls.LINUX:
        # What the imports hold already is not the student's. A refused allocation is an error that Python survives.
        held = _held()
        wanted[resource.RLIMIT_DATA] = held["VmData"] + limits["memory"]
        wanted[resource.RLIMIT_AS] = held["VmSize"] + 4 * limits["memory"]
    for kind, most in wanted.items():
        if most is not None:
            _, hard = resource.getrlimit(kind)
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (most, most))
    # When the machine itself runs out of memory, the student's process goes first.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _held() -> dict[str, int]:
    """VmData and VmSize of this process, in bytes."""
    found = {}
    with open("/proc/self/status", encoding="utf-8") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name in {"VmData", "VmSize"}:
                found[name] = int(value.split()[0]) * 1024
    return found


def give_up_rights(parent_signal: int) -> None:
    """Lose every capability and the way to new ones; get `parent_signal` when the parent ends."""
    system_calls.drop_capabilities()
    system_calls.no_new_privileges()
    system_calls.prctl(system_calls.PR_SET_PDEATHSIG, parent_signal)
