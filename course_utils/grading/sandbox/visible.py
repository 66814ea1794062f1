"""What a student's process may read: Python, its libraries, this package; nothing of the course or the class."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

import course_utils

# Of the system: programs and shared libraries, how the loader finds them, the time zone, fonts for figures.
_SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/localtime",
    "/etc/fonts",
    "/nix/store",
    # The processors, and the size of large pages, which the C library asks for.
    "/sys/devices/system/cpu",
    "/sys/kernel/mm/transparent_hugepage",
)
#: What a process without a private /proc or /sys may read of them: the machine's size, and itself.
KERNEL_FILES = (
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/version",
    "/proc/filesystems",
    "/proc/sys/kernel/cap_last_cap",
    "/proc/sys/kernel/osrelease",
    "/proc/sys/vm/overcommit_memory",
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def readable_paths(more: Iterable[Path] = ()) -> list[Path]:
    """The files and folders that a student's process may read, none of them inside another."""
    package = Path(course_utils.__file__).parent
    wanted = [Path(path) for path in _SYSTEM]
    wanted += [Path(path) for path in _python_folders()]
    wanted += [package, package.parent / "book" / "_static"]
    wanted += [Path(path).absolute() for path in more]
    # A link to a folder elsewhere is followed as well: a virtual environment's own Python is one.
    wanted += [path.resolve() for path in wanted]
    return _outermost(path for path in wanted if path.exists())


def _python_folders() -> set[str]:
    folders = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    folders |= {path for name, path in sysconfig.get_paths().items() if name in {"stdlib", "platstdlib"}}
    folders |= set(site.getsitepackages())
    # A link to the interpreter leads through its version's folder.
    executable = os.path.realpath(sys.executable)
    folders.add(os.path.dirname(os.path.dirname(executable)))
    return folders - {"/"}


def _outermost(paths: Iterable[Path]) -> list[Path]:
    kept: list[Path] = []
    for path in sorted(set(paths)):
        if not any(path.is_relative_to(other) and not other.is_symlink() for other in kept):
            kept.append(path)
    return kept
