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
from course_utils.grading.sandbox.usage import descendants, processor_seconds, proportional

_SAMPLE_SECONDS = 0.25
#: Counting memory that is shared takes milliseconds a process, on the cores that are measured: one part in so many.
_MEMORY_SHARE = 50


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
        most, cpu, due = 0, 0.0, began
        try:
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                processes = _processes(process.pid)
                cpu = max(cpu, sum(map(processor_seconds, processes)))
                if time.monotonic() >= due:
                    taken = -time.process_time()
                    most = max(most, sum(map(proportional, processes)))
                    taken += time.process_time()
                    due = time.monotonic() + _MEMORY_SHARE * taken
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


def _pause(pid: int) -> None:
    """Wait for the next sample, or for the end, if that is sooner."""
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            select.select([descriptor], (), (), _SAMPLE_SECONDS)
        finally:
            os.close(descriptor)
