"""What a child and all that it has started use: memory, and the processes themselves."""

from __future__ import annotations

import contextlib
import glob
import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from course_utils.grading.sandbox import system_calls

_TICKS = os.sysconf("SC_CLK_TCK")
# Counting shared pages once takes milliseconds for a process with TensorFlow, so it is done when the quick sum has
# grown by this much, or after this time, or when the quick sum is over the limit.
_STEP_BYTES = 64 * 2**20
_STEP_SECONDS = 1.0
_KILL_ROUNDS = 1000


@dataclass
class Memory:
    """Watches the memory of several processes.

    Attributes:
        files: says how many bytes of files take memory.
        peak: the most that they had at once, in bytes, pages that they share counted once.
    """

    files: Callable[[], int]
    peak: int = 0
    _quick_then: int = field(default=0, init=False)
    _time_then: float = field(default=0.0, init=False)

    def over(self, most: int | None, pids: Sequence[int]) -> bool:
        """Measure these processes; whether they have more than `most`."""
        files = self.files()
        quick = sum(map(_resident, pids)) + files
        now = time.monotonic()
        suspicious = most is not None and quick > most
        if (
            not suspicious
            and quick < self._quick_then + _STEP_BYTES
            and now < self._time_then + _STEP_SECONDS
        ):
            return False
        self._quick_then, self._time_then = quick, now
        exact = sum(map(proportional, pids)) + files
        self.peak = max(self.peak, exact)
        return most is not None and exact > most


def all_but_first() -> list[int]:
    """The processes of this /proc except the first, for where a child has a /proc of its own."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]


def descendants(pid: int, spared: Collection[int] = ()) -> list[int]:
    """The processes that `pid` has started, and those that they have, as far as their parents live.

    Those in `spared` are left out, with all beneath them.
    """
    children = (
        _children_by_thread
        if os.path.exists(f"/proc/self/task/{os.getpid()}/children")
        else _children_by_scan()
    )
    found: list[int] = []
    waiting = [pid]
    while waiting:
        new = [one for one in children(waiting.pop()) if one not in spared]
        found += new
        waiting += new
    return found


def adopt_orphans() -> None:
    """Become the parent of every process beneath this one whose own parent ends."""
    system_calls.prctl(system_calls.PR_SET_CHILD_SUBREAPER, 1)


def kill_descendants(pid: int, spared: Collection[int] = ()) -> None:
    """Kill all that `pid`, which adopts orphans, has started, but what is in `spared` and beneath it.

    Stopped first, they cannot start others meanwhile.
    """
    for order in (signal.SIGSTOP, signal.SIGKILL):
        done: set[int] = set()
        for _ in range(_KILL_ROUNDS):
            new = set(descendants(pid, spared)) - done
            if not new:
                break
            for one in new:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(one, order)
            done |= new


def _children_by_thread(pid: int) -> list[int]:
    found: list[int] = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        with contextlib.suppress(OSError), open(path, encoding="ascii") as file:
            found += map(int, file.read().split())
    return found


def _children_by_scan() -> Callable[[int], list[int]]:
    """For a kernel that does not list children: from the parents of all processes."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    return lambda pid: children.get(pid, [])


def _parents() -> Iterator[tuple[int, int]]:
    """Every process with its parent."""
    if not system_calls.LINUX:
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], check=False, capture_output=True, text=True)
        for line in listed.stdout.splitlines():
            pid, parent = map(int, line.split())
            yield pid, parent
        return
    for name in os.listdir("/proc"):
        if name.isdigit() and (parent := _parent(name)) is not None:
            yield int(name), parent


def _parent(pid: str) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name before the last bracket may hold anything.
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


def _resident(pid: int) -> int:
    """Bytes of memory of a process, those of files such as its libraries left out where the kernel tells them apart."""
    sizes: dict[bytes, int] = {}
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            for line in file:
                name, _, value = line.partition(b":")
                if name in (b"VmRSS", b"RssAnon", b"RssShmem"):
                    sizes[name] = int(value.split()[0]) * 1024
    except (OSError, ValueError, IndexError):
        return 0
    whole = sizes.pop(b"VmRSS", 0)
    return sum(sizes.values()) if sizes else whole


def processor_seconds(pid: int) -> float:
    """Processor time of a process, and of those that it has started and waited for."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return sum(map(int, file.read().rpartition(b")")[2].split()[11:15])) / _TICKS
    except (OSError, ValueError, IndexError):
        return 0.0


def proportional(pid: int) -> int:
    """The bytes of memory of a process, those that it shares divided by how many share them."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return _resident(pid)
