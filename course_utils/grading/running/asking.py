"""One request to the child after another, each with its own token and time, and what is believed of the replies."""

from __future__ import annotations

import contextlib
import secrets
import socket
import time
from dataclasses import dataclass, field
from typing import Any

from course_utils.checks import plain
from course_utils.grading.jobs import Cell, Job, Kind
from course_utils.grading.running import rewriting, wire
from course_utils.grading.running.hearing import Collected, Ended, Hearing, TimeIsUp
from course_utils.grading.running.outputs import Outputs, clean
from course_utils.grading.warm import Child

#: How long an interrupted cell may take to yield, in seconds.
GRACE = 5.0
_LONGEST_ERROR = 300
_STRANGE = "wrote what is no message to the grader's own channel"


class Stuck(Exception):
    """The child was interrupted and did not yield. `whole`: it was the time of the whole notebook that was up."""

    def __init__(self, whole: bool) -> None:
        super().__init__()
        self.whole = whole


@dataclass
class Reply:
    """What the child said to one request.

    Attributes:
        ename, evalue: of the exception, where there was one.
        frames: where in the student's code a test's error came from, in the child's words.
        value: of a test's last expression, if it gave a number; may be NaN or infinite.
        line: of the test's source, at which the error left it.
        verdict: what the guard said of a cell that was `guarded`: "ok" or "error".
        collected: text by the name of the check.
    """

    ok: bool = False
    timed_out: bool = False
    ename: str = ""
    evalue: str = ""
    frames: tuple[str, ...] = ()
    value: float | None = None
    line: int = 0
    verdict: str = ""
    guarded: bool = False
    collected: dict[str, str] = field(default_factory=dict)

    @property
    def error(self) -> str:
        """The exception in one line."""
        return f"{self.ename}: {' '.join(self.evalue.split())}"[:_LONGEST_ERROR]


class Asking:
    """A conversation with one child."""

    def __init__(self, child: Child, job: Job) -> None:
        self._child, self._job = child, job
        self._hearing = Hearing(child.stream, job.limits.output)
        self._tests = any(cell.kind is Kind.TEST for cell in job.cells)
        self._begun = False

    def run(self, number: int, cell: Cell, outputs: Outputs, end: float | None, visible: bool) -> Reply:
        """Have a cell run; for CHECK, have its bindings remembered and, if `visible`, its data collected.

        Raises:
            Ended, Stuck: the child is lost.
        """
        request: dict[str, Any] = {"n": number}
        if cell.kind is Kind.CHECK:
            request["do"] = "collect"
            names = [name for name in cell.checks if visible and name in self._job.visible]
            request["checks"] = [[name, plain.to_json(self._job.visible[name])] for name in names]
            return self._ask(request, number, None, end, frozenset(names))
        if cell.kind is Kind.TEST or (cell.kind is Kind.LOCKED and self._tests):
            return self._guarded(number, cell, outputs, end)
        request |= {"do": "run", "source": clean(cell.source)}
        return self._ask(request, number, outputs, end)

    def end(self) -> None:
        """Ask for nothing more."""
        with contextlib.suppress(OSError):
            self._child.stream.shutdown(socket.SHUT_WR)

    def _guarded(self, number: int, cell: Cell, outputs: Outputs, end: float | None) -> Reply:
        """Have a cell of the instructor's run where the student's shell has no hand in it."""
        guard = f"guard_{secrets.token_hex(8)}"
        tested = cell.kind is Kind.TEST
        try:
            test = (
                rewriting.prepare_test(cell, self._job, guard)
                if tested
                else rewriting.prepare_locked(cell, guard)
            )
        except (SyntaxError, ValueError) as problem:
            return Reply(ename=type(problem).__name__, evalue=str(problem))
        request = {
            "do": "test",
            "n": number,
            "guard": guard,
            "code": test.code,
            "aliases": dict(test.aliases),
            "uses": sorted(test.uses),
            "hidden": sorted(test.hidden),
            "filename": f"<{cell.id}>",
            "names": sorted(rewriting.mentioned(self._job)),
            "pins": sorted(rewriting.pins_of(cell, self._job)),
        }
        reply = self._ask(request, number, outputs, end)
        reply.ok = reply.verdict == "ok"
        reply.guarded = True
        return reply

    def hidden(self, number: int, name: str, end: float | None) -> Reply:
        """Have a check collected on its hidden inputs, with what the names meant at cell `number`.

        Raises:
            Ended, Stuck: the child is lost.
        """
        request = {"do": "hidden", "n": number, "name": name, "inputs": plain.to_json(self._job.hidden[name])}
        return self._ask(request, number, None, end, frozenset({name}))

    def _ask(
        self,
        request: dict[str, Any],
        number: int,
        outputs: Outputs | None,
        end: float | None,
        wanted: frozenset[str] = frozenset(),
    ) -> Reply:
        token = secrets.token_hex(16)
        seconds = self._job.limits.cell_seconds
        own = None if seconds is None else time.monotonic() + seconds
        deadline = min((moment for moment in (own, end) if moment is not None), default=None)
        reply = Reply()
        try:
            self._begin(deadline)
            self._hearing.send(wire.pack({**request, "token": token}), deadline)
            self._hear(reply, token, number, outputs, deadline, wanted)
        except TimeIsUp:
            reply.timed_out = True
            self._child.interrupt()
            try:
                self._hear(reply, token, number, outputs, time.monotonic() + GRACE, wanted)
            except TimeIsUp:
                raise Stuck(deadline == end) from None
        return reply

    def _begin(self, deadline: float | None) -> None:
        if not self._begun:
            self._begun = True
            limit = self._job.limits.output or 2**40
            self._hearing.send(wire.pack({"do": "begin", "limit": limit, "tests": self._tests}), deadline)

    def _hear(
        self,
        reply: Reply,
        token: str,
        number: int,
        outputs: Outputs | None,
        deadline: float | None,
        wanted: frozenset[str],
    ) -> None:
        """Take in messages until the one that says that the request is done."""
        while True:
            message = self._hearing.next(deadline)
            if isinstance(message, Collected):
                if message.token != token or message.name not in wanted:
                    raise Ended(_STRANGE)
                reply.collected.setdefault(message.name, message.text)
            elif "say" in message:
                if outputs is not None:
                    outputs.hear(number, message["say"], message.get("content"))
            elif "full" in message:
                if outputs is not None:
                    outputs.full(number)
            elif message.get("verdict") == token:
                _take_verdict(reply, message)
            elif message.get("done") == token:
                _take_done(reply, message)
                return
            else:
                raise Ended(_STRANGE)


def _take_verdict(reply: Reply, message: dict[str, Any]) -> None:
    if reply.verdict:
        raise Ended(_STRANGE)
    reply.verdict = "ok" if message.get("ran") == "ok" else "error"
    value, line = message.get("value"), message.get("line")
    if type(value) in (int, float) or value in ("nan", "inf", "-inf"):
        reply.value = float(value)  # type: ignore[arg-type]
    reply.line = line if type(line) is int else 0


def _take_done(reply: Reply, message: dict[str, Any]) -> None:
    reply.ok = message.get("ok") is True
    ename, evalue, frames = (message.get(key) for key in ("ename", "evalue", "frames"))
    reply.ename = clean(ename)[:100] if isinstance(ename, str) else ""
    reply.evalue = clean(evalue)[:2000] if isinstance(evalue, str) else ""
    if isinstance(frames, list):
        reply.frames = tuple(clean(frame)[:_LONGEST_ERROR] for frame in frames[:20] if isinstance(frame, str))
