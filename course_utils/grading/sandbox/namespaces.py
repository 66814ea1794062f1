"""The best level: namespaces of the child's own, inside those that bubblewrap has put around the warm parent."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path
from typing import Any

from course_utils.grading.sandbox import call_filter, system_calls
from course_utils.grading.sandbox.bubblewrap import PARENT_FOLDER, SHARED_FOLDER, STUDENT_FOLDER
from course_utils.grading.sandbox.confinement import (
    Confinement,
    become,
    give_up_rights,
    limit,
    size_of,
    some_user,
)
from course_utils.grading.sandbox.system_calls import mount

_NEW = (
    system_calls.CLONE_NEWNS
    | system_calls.CLONE_NEWPID
    | system_calls.CLONE_NEWIPC
    | system_calls.CLONE_NEWUTS
    | system_calls.CLONE_NEWNET
)
_PLAIN = system_calls.MS_NOSUID | system_calls.MS_NODEV
_DISK_BY_DEFAULT = 2**30
_FILES = 100_000
# Where programs look for temporary space, whatever TMPDIR says.
_SHARED_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")
# From this kernel on, a user namespace counts its own processes.
_COUNTS_BY_NAMESPACE = (5, 14)


class Namespaces(Confinement):
    """A child with its own processes, mounts, network, host name and user namespace, and a small disk in memory."""

    private_processes = True

    def __init__(self, limits: dict[str, Any], share: str = "") -> None:
        """`share` names the folder beneath SHARED_FOLDER that this child shares with the outside."""
        super().__init__(limits, Path(STUDENT_FOLDER))
        self.user = some_user()
        self.share = share

    def prepare(self) -> None:
        """Leave the warm parent's namespaces and mount the child's own space."""
        user, group = os.geteuid(), os.getegid()
        if self.user is None:
            system_calls.unshare(_NEW | system_calls.CLONE_NEWUSER)
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{user} {user} 1")
            _write("/proc/self/gid_map", f"{group} {group} 1")
        else:
            # Root's way, which also works where users may not make namespaces.
            system_calls.unshare(_NEW)
        mount("", "/", "", system_calls.MS_REC | system_calls.MS_PRIVATE)
        size = self.limits["disk"] or _DISK_BY_DEFAULT
        mount("student", str(self.place.root), "tmpfs", _PLAIN, f"mode=0711,size={size},nr_inodes={_FILES}")
        self.place.make()
        self._share()
        for folder in (PARENT_FOLDER, *_SHARED_FOLDERS):
            # Not over a folder in which something lies that the child may read.
            if folder == PARENT_FOLDER or not os.listdir(folder):
                mount(str(self.place.temporary), folder, "", system_calls.MS_BIND)
        socket.sethostname("student")

    def _share(self) -> None:
        if not os.path.isdir(SHARED_FOLDER):
            return
        if self.share:
            self.place.shared.mkdir(mode=0o700)
            mount(
                os.path.join(SHARED_FOLDER, self.share),
                str(self.place.shared),
                "",
                system_calls.MS_BIND | _PLAIN,
            )
            if self.user is not None:
                os.chown(self.place.shared, self.user, self.user)
        # The other children's are hidden.
        mount(str(self.place.temporary), SHARED_FOLDER, "", system_calls.MS_BIND)

    def enter(self) -> None:
        """Mount a /proc that shows the child's processes alone; forbid further namespaces; lose all rights."""
        mount("proc", "/proc", "proc", _PLAIN | system_calls.MS_NOEXEC)
        if self.user is None:
            _write("/proc/sys/user/max_user_namespaces", "0")
        become(self.user)
        give_up_rights(signal.SIGKILL)
        system_calls.prctl(system_calls.PR_SET_DUMPABLE, 0)

    def seal(self) -> None:
        """Limit the student's process and filter its system calls."""
        system_calls.prctl(system_calls.PR_SET_DUMPABLE, 1)
        limit(self.limits, self._others())
        call_filter.install(contained=True)

    def disk_used(self) -> int:
        """Bytes of the disk in memory that are in use."""
        status = os.statvfs(self.place.root)
        used = (status.f_blocks - status.f_bfree) * status.f_frsize
        return used + (size_of(self.place.shared) if self.share else 0)

    def files_are_memory(self) -> bool:
        """Files lie on tmpfs."""
        return True

    def _others(self) -> int:
        if self.user is not None or _kernel() >= _COUNTS_BY_NAMESPACE:
            return 0
        # An older kernel counts all that the user has anywhere, which cannot be seen from here.
        return 4096


def _kernel() -> tuple[int, int]:
    major, minor = os.uname().release.split(".")[:2]
    return int(major), int("".join(digit for digit in minor if digit.isdigit()) or 0)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
