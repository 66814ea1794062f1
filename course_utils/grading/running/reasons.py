"""How a run was cut short and why a test failed, in words for people."""

from __future__ import annotations

import signal
from typing import Any

from course_utils.grading.jobs import Cell, Limits, Ran
from course_utils.grading.running.asking import Reply
from course_utils.grading.running.outputs import error
from course_utils.grading.warm import Exit

_AROUND = 2


def say_end(end: Exit, limits: Limits, discreet: bool = False) -> tuple[Ran, str]:
    """Return how a process ended: the kind, and the rest of a sentence that begins with the cell.

    With `discreet`, for a process that had hidden inputs, no number that it could choose is in it.
    """
    if end.reason == "fault":
        return Ran.FAULT, f"the grader's own trouble: {end.detail}"
    if end.memory_exceeded or end.reason == "memory":
        size = f"{limits.memory / 2**20:,.0f} MB of " if limits.memory else ""
        return Ran.MEMORY, f"it used more than the {size}memory that there is"
    if end.reason == "disk":
        size = f"{limits.disk / 2**20:,.0f} MB of " if limits.disk else ""
        return Ran.DIED, f"it wrote more than the {size}files that there is room for"
    if end.reason == "processes":
        return Ran.DIED, f"it started more than {limits.processes} processes"
    if discreet and end.reason in ("signal", "exit"):
        return Ran.DIED, "the process ended itself"
    if end.reason == "signal" and end.signal is not None:
        name = signal.strsignal(end.signal) or f"signal {end.signal}"
        return Ran.DIED, f"the process crashed ({name})"
    if end.reason == "exit":
        return Ran.DIED, f"the process ended itself (exit status {end.code})"
    return Ran.DIED, "the process closed its connection to the grader"


def say_stop(cell: str, limits: Limits, whole: bool) -> str:
    """Return that a cell was stopped because its time, or that of the whole notebook, was up."""
    if whole:
        return f"The notebook was stopped in the cell {cell}: it took more than {limits.submission_seconds:g} seconds."
    return f"The cell {cell} was stopped: it took more than {limits.cell_seconds:g} seconds."


def traceback_of(cell: Cell, reply: Reply) -> dict[str, Any]:
    """Return the error output of a test cell that was not passed."""
    ename = reply.ename or ("CellTimeoutError" if reply.timed_out else "Error")
    lines = ["-" * 75, f"{ename:<42}Traceback (most recent call last)"]
    if reply.line:
        lines.append(f"Cell {cell.id}, line {reply.line}")
        source = cell.source.split("\n")
        first = max(reply.line - _AROUND, 1)
        for number, text in enumerate(source[first - 1 : reply.line + _AROUND], first):
            arrow = "---->" if number == reply.line else "     "
            lines.append(f"{arrow} {number} {text}")
    lines += [*reply.frames, f"{ename}: {reply.evalue}"]
    return error({"ename": ename, "evalue": reply.evalue, "traceback": lines})
