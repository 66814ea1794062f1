"""A filter of system calls (seccomp) for the student's process: what no honest notebook needs is refused.

It is a second wall where namespaces hold, and where they do not it is the only thing that keeps a process off the
network. Everything refused fails with "Operation not permitted", so the program goes on.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct
from collections.abc import Iterable

from course_utils.grading.sandbox import system_calls

# machine → the number that the kernel's audit knows it by
_MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# name → its number on x86_64 and on aarch64; None where there is no such call
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "mount_setattr": (442, 442),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "migrate_pages": (256, 238),
    # memory that the watch does not see
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    # large parts of the kernel that nobody here needs
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "lookup_dcookie": (212, 18),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "syslog": (103, 116),
    "modify_ldt": (154, None),
    "iopl": (172, None),
    "ioperm": (173, None),
    # the machine's own affairs
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
}
_CLONE, _CLONE3, _SOCKET = (56, 220), (435, 435), (41, 198)
_NEW_NAMESPACES = 0x7E020080  # every CLONE_NEW… flag
# Calls whose first argument names a process: kill, tgkill, prlimit64; and those that send a signal otherwise.
_KILL, _TGKILL, _PRLIMIT = (62, 129), (234, 131), (302, 261)
_OTHER_SIGNALS = ((200, 130), (129, 138), (297, 240), (424, 424))
_OTHER_ABI = 0x40000000  # x32 calls on x86_64 have this bit

# Where namespaces hold, these reach nothing. AF_VSOCK and others would.
_CONTAINED_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, getattr(socket, "AF_NETLINK", 16))

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16

Instruction = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def known_machine() -> bool:
    """Whether there is a filter for this kind of machine."""
    return platform.machine() in _MACHINES


def install(contained: bool, own_signals_only: bool = False) -> None:
    """Filter the system calls of this process and of all that it starts, for good; needs no_new_privs.

    Args:
        contained: namespaces hold; else no socket can be made at all (pairs of connected ones can), nor the limits
            of another process changed.
        own_signals_only: signals to this very process alone; for where nothing else keeps it from others.
    """
    if not system_calls.LINUX or not known_machine():
        return
    code = b"".join(struct.pack("HBBI", *one) for one in _instructions(contained, own_signals_only))
    system_calls.set_filter(_Program(len(code) // 8, code))


def _instructions(contained: bool, own_signals_only: bool) -> Iterable[Instruction]:
    machine = platform.machine()
    which = list(_MACHINES).index(machine)
    yield (_LOAD, 0, 0, _MACHINE)
    yield (_JUMP_EQUAL, 1, 0, _MACHINES[machine])
    yield (_RETURN, 0, 0, _KILL_PROCESS)
    yield (_LOAD, 0, 0, _NUMBER)
    if machine == "x86_64":
        yield from _unless(_JUMP_AT_LEAST, _OTHER_ABI, errno.ENOSYS)
    # The C library falls back to clone, whose flags can be looked at.
    yield from _unless(_JUMP_EQUAL, _CLONE3[which], errno.ENOSYS)
    for numbers in _REFUSED.values():
        if (number := numbers[which]) is not None:
            yield from _unless(_JUMP_EQUAL, number, errno.EPERM)
    yield from _unless_argument(_CLONE[which], _JUMP_SET, _NEW_NAMESPACES)
    if contained:
        yield from _only_arguments(_SOCKET[which], _CONTAINED_FAMILIES)
    else:
        yield from _unless(_JUMP_EQUAL, _SOCKET[which], errno.EPERM)
        yield from _only_arguments(_PRLIMIT[which], (0, os.getpid()))
    if own_signals_only:
        for numbers in (_KILL, _TGKILL):
            yield from _only_arguments(numbers[which], (0, os.getpid()))
        for numbers in _OTHER_SIGNALS:
            yield from _unless(_JUMP_EQUAL, numbers[which], errno.EPERM)
    yield (_RETURN, 0, 0, _ALLOW)


def _unless(jump: int, value: int, error: int) -> Iterable[Instruction]:
    """Refuse when the loaded value fulfils the condition."""
    yield (jump, 0, 1, value)
    yield (_RETURN, 0, 0, _REFUSE | error)


def _unless_argument(number: int, jump: int, value: int) -> Iterable[Instruction]:
    """Refuse the call when its first argument fulfils the condition."""
    yield (_JUMP_EQUAL, 0, 4, number)
    yield (_LOAD, 0, 0, _FIRST_ARGUMENT)
    yield from _unless(jump, value, errno.EPERM)
    yield (_LOAD, 0, 0, _NUMBER)


def _only_arguments(number: int, allowed: Iterable[int]) -> Iterable[Instruction]:
    """Refuse the call unless its first argument is one of `allowed`."""
    values = tuple(allowed)
    yield (_JUMP_EQUAL, 0, len(values) + 3, number)
    yield (_LOAD, 0, 0, _FIRST_ARGUMENT)
    for left, value in enumerate(values):
        yield (_JUMP_EQUAL, len(values) - left, 0, value)
    yield (_RETURN, 0, 0, _REFUSE | errno.EPERM)
    yield (_LOAD, 0, 0, _NUMBER)
