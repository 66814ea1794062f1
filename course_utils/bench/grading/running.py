"""Run a command and measure it: wall time, processor time, and the most memory of all its processes together."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from course_utils.errors import CourseError
from course_utils.grading.sandbox.usage import descendants, proportional

_SAMPLE_SECONDS = 0.25
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Used:
    """What a command used.

    Attributes:
        wall, cpu: in seconds; `cpu` with all processes that it started.
        memory: bytes, the most that was seen at once, of all processes together, shared pages counted once.
        said: its stdout.
    """

    wall: float
    cpu: float
    memory: int
    said: str = ""


def used(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], fine: Sequence[int] = (0,)
) -> Used:
    """Run the command in `folder`.

    Raises:
        CourseError: its exit status is not in `fine`.
    """
    output = folder / "bench-output.txt"
    with output.open("w+", encoding="utf-8") as out, (folder / "bench-errors.txt").open("w+") as err:
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=err)
        most, cpu = 0, 0.0
        try:
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                processes = _processes(process.pid)
                most = max(most, sum(map(proportional, processes)))
                cpu = max(cpu, sum(map(_cpu, processes)))
                _pause(process.pid)
        except BaseException:
            process.kill()
            raise
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        err.seek(0)
        if process.returncode not in fine:
            said = [line for line in err.read().splitlines() if line.strip()]
            why = said[-1] if said else "it said nothing"
            raise CourseError(
                f"`{' '.join(command[:4])} …` ended with status {process.returncode}: {why[:300]}"
            )
    # Only what a process has waited for is told at its end, and bubblewrap does not wait for what it has started.
    cpu = max(cpu, usage.ru_utime + usage.ru_stime)
    return Used(wall, cpu, most, output.read_text(encoding="utf-8"))


def together(parts: Sequence[Used]) -> Used:
    """What commands used that ran one after the other."""
    return Used(
        sum(one.wall for one in parts), sum(one.cpu for one in parts), max(one.memory for one in parts)
    )


def _processes(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [pid, *descendants(pid)]
    return []


def _cpu(pid: int) -> float:
    """Seconds of processor time of a process, and of those that it started and has waited for."""
    with contextlib.suppress(OSError, ValueError):
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return sum(map(int, fields[11:15])) / _TICKS
    return 0.0


def _pause(pid: int) -> None:
    """Wait for the next sample, or for the end, if that is sooner."""
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            select.select([descriptor], (), (), _SAMPLE_SECONDS)
        finally:
            os.close(descriptor)
