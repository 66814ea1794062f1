"""The few Linux system calls that Python has no function for, through the C library.

On other systems, where the level "limits" is the best there is, properties of processes and capabilities do not exist,
and setting them does nothing.
"""

from __future__ import annotations

import ctypes
import os
import sys

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4

_CAPABILITY_VERSION = 0x20080522
_LAST_CAPABILITY = "/proc/sys/kernel/cap_last_cap"

LINUX = sys.platform.startswith("linux")

_c = ctypes.CDLL(None, use_errno=True)
_c.syscall.restype = ctypes.c_long


def unshare(flags: int) -> None:
    """Leave the namespaces that `flags` names for new ones."""
    _raise_if(_c.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount a file system."""
    result = _c.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode() or None
    )
    _raise_if(result, f"mount {target}")


def prctl(option: int, value: int = 0) -> None:
    """Set a property of this process."""
    if not LINUX:
        return
    zero = ctypes.c_ulong(0)
    _raise_if(_c.prctl(option, ctypes.c_ulong(value), zero, zero, zero), f"prctl {option}")


def syscall(number: int, *arguments: int | ctypes.c_void_p | None) -> int:
    """Make the system call `number`, which has the same number on every machine.

    Raises:
        OSError: it failed.
    """
    plain = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result = _c.syscall(ctypes.c_long(number), *plain)
    _raise_if(result, f"system call {number}")
    return int(result)


def set_filter(program: ctypes.Structure) -> None:
    """Give this process a filter of system calls, for good."""
    mode = ctypes.c_ulong(2)
    zero = ctypes.c_ulong(0)
    _raise_if(_c.prctl(PR_SET_SECCOMP, mode, ctypes.byref(program), zero, zero), "seccomp")


def drop_capabilities() -> None:
    """Give up every capability for good, those that a program could bring included."""
    if not LINUX:
        return
    with open(_LAST_CAPABILITY, encoding="ascii") as file:
        last = int(file.read())
    for capability in range(last + 1):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except PermissionError:  # without CAP_SETPCAP: no_new_privs then keeps a program from bringing any
            break
    zero = ctypes.c_ulong(0)
    _c.prctl(PR_CAP_AMBIENT, ctypes.c_ulong(PR_CAP_AMBIENT_CLEAR_ALL), zero, zero, zero)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _raise_if(_c.capset(header, nothing), "capset")


def no_new_privileges() -> None:
    """See to it that no program that this process starts can have more rights than it has."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def _raise_if(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
