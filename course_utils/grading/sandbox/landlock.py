"""Landlock: a process gives up access to all files but those under paths that it names, for good and without rights."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from course_utils.grading.sandbox import system_calls

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_ASK_VERSION = 1
_RULE_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_FOLDER
_FOR_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
# version → how many kinds of access to files it knows
_ACCESS_BITS = {1: 13, 2: 14, 3: 15, 4: 15}
_LATEST_ACCESS_BITS = 16
_NET_ALL, _SCOPE_ALL = 0b11, 0b11
#: From this version on, TCP is refused; from the next named one on, also signals and abstract sockets to the outside.
HAS_NETWORK, HAS_SCOPES = 4, 6


def version() -> int:
    """The version of Landlock that the kernel has, 0 for none."""
    try:
        return system_calls.syscall(_CREATE, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def restrict(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Leave this process access to these alone, and to all beneath them; needs no_new_privs.

    With a kernel that can, it also loses TCP, and signals and abstract sockets to processes outside. Paths that are
    missing are left out.

    Raises:
        OSError: the kernel has no Landlock.
    """
    has = version()
    everything = (1 << _ACCESS_BITS.get(has, _LATEST_ACCESS_BITS)) - 1
    attributes = struct.pack(
        "QQQ", everything, _NET_ALL if has >= HAS_NETWORK else 0, _SCOPE_ALL if has >= HAS_SCOPES else 0
    )
    size = 24 if has >= HAS_SCOPES else 16 if has >= HAS_NETWORK else 8
    rules = system_calls.syscall(_CREATE, _pointer(attributes), size, 0)
    try:
        for path in readable:
            _allow(rules, path, _READ & everything)
        for path in writable:
            _allow(rules, path, everything)
        system_calls.syscall(_RESTRICT, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: Path, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not path.is_dir():
            access &= _FOR_FILES
        rule = struct.pack("=Qi", access, place)
        system_calls.syscall(_ADD, rules, _RULE_PATH_BENEATH, _pointer(rule), 0)
    finally:
        os.close(place)


def _pointer(data: bytes) -> ctypes.c_void_p:
    return ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p)
