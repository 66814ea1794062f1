"""The trusted side of a run: has cells executed in a confined child, one by one, and writes down what came of each.

Nothing that the child says is believed, and nothing that it does raises here: what is no message is a death, and a
death ends the run where it stands. Then a fresh child runs the cells before that place once more and hands in what the
checks collect there on hidden inputs, so that all that was earned before is kept.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from course_utils.errors import CourseError
from course_utils.grading.jobs import Cell, CellOutcome, Job, Kind, Limits, Outcome, Ran
from course_utils.grading.running.asking import Asking, Reply, Stuck
from course_utils.grading.running.hearing import Ended
from course_utils.grading.running.outputs import Outputs
from course_utils.grading.running.reasons import say_end, say_stop, traceback_of
from course_utils.grading.warm import Child, Exit

#: All that belongs to one job ends after this many times `Limits.submission_seconds`.
_ALTOGETHER = 2
_MOMENT = 2.0

#: The id of a cell, and the name of a check in it.
_Call = tuple[str, str]


class Parent(Protocol):
    """What forks children: a `WarmParent`."""

    level: Any

    def spawn(self, files: Mapping[str, bytes] | None, limits: Limits | None, seed: int) -> Child:
        """Fork a child."""
        ...


def conduct(job: Job, parent: Parent) -> Outcome:
    """Run the job in a child of `parent` and return what came of it. Raises nothing for whatever the child does."""
    began = time.monotonic()
    limit = job.limits.submission_seconds
    cells_end = None if limit is None else began + limit
    end = None if limit is None else began + _ALTOGETHER * limit
    attempts: list[_Attempt] = []
    try:
        first = _run(job, parent, job.cells, cells_end, end)
        attempts.append(first)
        again = _again(job, first)
        if again and (end is None or time.monotonic() < end):
            cells = job.cells if first.stopped is None else job.cells[: first.stopped]
            attempts.append(_run(job, parent, cells, end, end, again))
    except CourseError as problem:
        attempts.append(_Attempt(ran=Ran.FAULT, reason=str(problem)))
    return _outcome(job, parent, attempts)


@dataclass
class _Attempt:
    """What one child did.

    Attributes:
        cells: outcomes, in order, of the cells that were begun.
        stopped: the number of the cell at which the run was cut short, as `ran` says.
        gone: the process is no more, and what it was to collect has to come from another.
        lost: the cell and the check on whose hidden inputs it was lost.
    """

    cells: list[CellOutcome] = field(default_factory=list)
    visible: dict[_Call, str] = field(default_factory=dict)
    hidden: dict[_Call, str] = field(default_factory=dict)
    ran: Ran = Ran.OK
    stopped: int | None = None
    gone: bool = False
    lost: _Call | None = None
    failing: str = ""
    reason: str = ""
    seconds: float = 0.0
    exit: Exit | None = None


def _again(job: Job, first: _Attempt) -> frozenset[_Call]:
    """Return the checks, each with its cell, whose hidden data a second child has to bring."""
    if not first.gone or first.ran is Ran.FAULT:
        return frozenset()
    reached = job.cells if first.stopped is None else job.cells[: first.stopped]
    calls = {(cell.id, name) for cell in reached for name in cell.hidden}
    return frozenset(calls - set(first.hidden) - {first.lost})


def _run(
    job: Job,
    parent: Parent,
    cells: tuple[Cell, ...],
    cells_end: float | None,
    end: float | None,
    only: frozenset[_Call] | None = None,
) -> _Attempt:
    """Have one child run the cells, then collect on hidden inputs: for all checks, or `only` for some."""
    done = _Attempt()
    child = parent.spawn(job.files, job.limits, job.seed)
    try:
        began = time.monotonic()
        run = _Run(job, child, done, collect_visible=only is None)
        run.cells(cells, cells_end)
        done.seconds = time.monotonic() - began
        if not done.gone:
            run.hidden(cells[: done.stopped], end, only)
        if not done.gone:
            run.say_goodbye()
        if not done.gone or not done.reason:
            # How it ended by itself, and what it used, is known in a moment; closing would look like a kill.
            child.ended(_MOMENT)
    finally:
        done.exit = child.close()
    if done.gone:
        ran, why = say_end(done.exit, job.limits, discreet=bool(done.lost))
        if done.ran is Ran.DIED:
            done.ran = ran
            done.reason = f"{_place(done)} {done.reason or why}."
    return done


def _place(done: _Attempt) -> str:
    where = f"the check {done.lost[1]} on hidden inputs" if done.lost else f"the cell {done.failing}"
    return f"The run ended in {where}:"


class _Run:
    """One child at work."""

    def __init__(self, job: Job, child: Child, done: _Attempt, collect_visible: bool) -> None:
        self._job, self._done, self._collect_visible = job, done, collect_visible
        self._outputs = Outputs(job.limits)
        self._asking = Asking(child, job)

    def cells(self, cells: tuple[Cell, ...], end: float | None) -> None:
        """Run the cells in order, until one cuts the run short."""
        for number, cell in enumerate(cells):
            began = time.monotonic()
            try:
                reply = self._asking.run(number, cell, self._outputs, end, self._collect_visible)
            except (Ended, Stuck) as lost:
                self._lose(number, cell, lost, time.monotonic() - began)
                return
            self._done.visible |= {(cell.id, name): text for name, text in reply.collected.items()}
            self._done.cells.append(self._cell_outcome(number, cell, reply, time.monotonic() - began))
            if reply.timed_out:
                self._done.failing = cell.id
                whole = end is not None and time.monotonic() >= end
                self._done.reason = say_stop(cell.id, self._job.limits, whole)
                if whole:
                    self._done.ran, self._done.stopped = Ran.TIMEOUT, number
                    return

    def hidden(self, cells: tuple[Cell, ...], end: float | None, only: frozenset[_Call] | None) -> None:
        """Collect on hidden inputs, check by check."""
        for number, cell in enumerate(cells):
            for name in cell.hidden:
                if only is not None and (cell.id, name) not in only:
                    continue
                try:
                    reply = self._asking.hidden(number, name, end)
                except (Ended, Stuck) as lost:
                    self._done.lost = cell.id, name
                    self._lose(None, cell, lost, 0.0)
                    return
                self._done.hidden |= {(cell.id, name): text for name, text in reply.collected.items()}
                if reply.timed_out and not self._done.reason:
                    self._done.failing = cell.id
                    self._done.reason = f"The check {name} was stopped on hidden inputs: it took too long."

    def say_goodbye(self) -> None:
        """Tell the child that nothing more is asked of it, upon which it ends."""
        self._asking.end()

    def _lose(self, number: int | None, cell: Cell, lost: Ended | Stuck, seconds: float) -> None:
        done = self._done
        done.gone, done.stopped, done.failing = True, number, cell.id
        if isinstance(lost, Stuck):
            done.ran = Ran.TIMEOUT
            done.reason = (
                say_stop(cell.id, self._job.limits, lost.whole) + " It did not yield, and was killed."
            )
        else:
            done.ran, done.reason = Ran.DIED, str(lost)
        if number is not None:
            done.cells.append(CellOutcome(cell.id, done.ran, seconds, self._outputs.of(number)))

    def _cell_outcome(self, number: int, cell: Cell, reply: Reply, seconds: float) -> CellOutcome:
        ran = Ran.TIMEOUT if reply.timed_out else Ran.OK if reply.ok else Ran.ERROR
        if cell.kind is Kind.CHECK:
            return CellOutcome(cell.id, ran, seconds)
        outputs = self._outputs.of(number)
        if reply.guarded or cell.kind is Kind.TEST:
            # The instructor's source is written beside the error here: the child never had it.
            outputs = tuple(one for one in outputs if one["output_type"] != "error")
            if not reply.ok:
                outputs += (traceback_of(cell, reply),)
        error = reply.error if ran is Ran.ERROR else ""
        return CellOutcome(cell.id, ran, seconds, outputs, reply.value if ran is Ran.OK else None, error)


def _outcome(job: Job, parent: Parent, attempts: list[_Attempt]) -> Outcome:
    first = attempts[0]
    hidden = {call: text for attempt in reversed(attempts) for call, text in attempt.hidden.items()}
    cells = [*first.cells]
    if cells and first.gone and first.stopped is not None:
        # How the process ended is known only after its last cell was written down.
        last = cells[-1]
        cells[-1] = CellOutcome(last.id, first.ran, last.seconds, last.outputs, error=first.reason)
    cells += [CellOutcome(cell.id, Ran.NOT_RUN) for cell in job.cells[len(cells) :]]
    faults = [attempt for attempt in attempts if attempt.ran is Ran.FAULT]
    told = faults[0] if faults else first
    exits = [attempt.exit for attempt in attempts if attempt.exit is not None]
    return Outcome(
        cells=tuple(cells),
        visible=first.visible,
        hidden=hidden,
        ran=told.ran,
        failing=first.failing,
        reason=told.reason,
        sandbox=str(getattr(parent.level, "value", parent.level)),
        seconds=first.seconds,
        cpu_seconds=math.fsum(one.cpu_seconds for one in exits),
        peak_memory=max((one.peak_memory for one in exits), default=0),
    )
