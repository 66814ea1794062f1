"""The student's side of a run: executes cells, runs the collect halves of checks, and tests of other courses.

Everything here shares a process with code that may be hostile, so nothing that it says is believed: `conductor` reads
it as data. `prepare` is called in the warm parent, before any student's code has run; `serve` in the forked child.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import getpass
import json
import linecache
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from course_utils.checks import plain, registry
from course_utils.grading.running import guard, remains, shell, wire

#: Set where nbgrader sets it: `course_utils.submission` makes no file while a notebook is graded.
_GRADING = "NBGRADER_EXECUTION"
_INLINE = "module://matplotlib_inline.backend_inline"
os.environ.setdefault("MPLBACKEND", _INLINE)

_LONGEST_MESSAGE = 2000
_MOST_FRAMES = 10

Request = dict[str, Any]
Bindings = dict[str, Any]


@dataclass
class Student:
    """What the process knows of the notebook that it runs.

    Attributes:
        bindings: by the number of a CHECK cell, what the names meant at its place.
        pinned: what the instructor's own cells bound, and tests go on meaning.
        left: bytes of output that may still be sent.
    """

    shell: shell.Shell
    voice: shell.Voice
    guard: guard.Guard
    send: Callable[[bytes], None] = lambda _data: None
    bindings: dict[int, Bindings] = field(default_factory=dict)
    pinned: Bindings = field(default_factory=dict)
    left: int = 0


_prepared: list[Student] = []


def prepare() -> None:
    """Build, once and before any fork, all that a child can inherit. Runs nothing of what was imported."""
    if _prepared:
        return
    made, voice = shell.make_shell()
    if matplotlib := sys.modules.get("matplotlib"):
        matplotlib.rcParams["backend"] = _INLINE
    # The first error imports what writes tracebacks; the first figure and the first check likewise.
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = shell.Stream("stdout", 1, voice)
    try:
        made.run_cell("1/0\n")
        made.run_cell("[0]\n")
    finally:
        sys.stdout, sys.stderr = streams
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)
    made.reset(new_session=True)
    for week in registry.WEEKS:
        registry.week_checks(week)
    _prepared.append(Student(made, voice, guard.Guard()))


def serve(connection: socket.socket) -> NoReturn:
    """Do what the conductor at the other end of `connection` asks for, until it is gone."""
    prepare()
    student = _prepared[0]
    descriptor = connection.detach()
    student.send = wire.make_send(descriptor)
    receive = wire.make_receive(descriptor)
    shell.enter(student.shell, student.voice, lambda kind, content: _say(student, kind, content))
    os.environ.setdefault(_GRADING, "autograde")
    builtins.input = getpass.getpass = shell.no_input
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(_serve(student, receive))
    finally:
        # Nothing that the student left behind (atexit, threads, objects) gets a turn.
        os._exit(0)


async def _serve(student: Student, receive: Callable[[], Request | None]) -> None:
    doing = {"run": _run, "collect": _collect, "hidden": _hidden, "test": _test}
    while True:
        # What the student started with asyncio goes on between the cells.
        await asyncio.sleep(0)
        _hold_interrupts()
        request = receive()
        if request is None:
            return
        if request["do"] == "begin":
            student.left = request["limit"]
            if request["tests"]:
                student.guard.watch()
            continue
        try:
            await doing[request["do"]](student, request)
        except KeyboardInterrupt:
            # It came when the cell's own code had ended already.
            _hold_interrupts()
            _done(student, request, KeyboardInterrupt())


def _hold_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _allow_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


async def _run(student: Student, request: Request) -> None:
    """Run a cell as a kernel does."""
    result = await _run_cell(student.shell, request["source"])
    _flush()
    student.shell.payload_manager.clear_payload()
    _done(student, request, result.error_before_exec or result.error_in_exec)


async def _run_cell(interactive: shell.Shell, source: str) -> Any:
    """Run a cell; one with a top-level `await` in this loop, as ipykernel does."""
    problem = None
    try:
        transformed = interactive.transform_cell(source)
    except Exception:  # noqa: BLE001 - a syntax error, or a transformer of the student's
        transformed, problem = source, sys.exc_info()
    if not interactive.should_run_async(
        source, transformed_cell=transformed, preprocessing_exc_tuple=problem
    ):
        _allow_interrupts()
        try:
            return interactive.run_cell(source, store_history=True)
        finally:
            _hold_interrupts()
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(
        interactive.run_cell_async(
            source, store_history=True, transformed_cell=transformed, preprocessing_exc_tuple=problem
        )
    )
    loop.add_signal_handler(signal.SIGINT, task.cancel)
    result = None
    try:
        result = await task
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        _hold_interrupts()
        interactive.events.trigger("post_execute")
        interactive.events.trigger("post_run_cell", result)
    return result


async def _collect(student: Student, request: Request) -> None:
    """Collect on the visible inputs, and remember what the names mean then: the hidden inputs come after these."""
    for name, inputs in request["checks"]:
        _collect_one(student, request["token"], name, inputs)
    student.bindings[request["n"]] = dict(student.shell.user_ns)
    _flush()
    _done(student, request)


async def _hidden(student: Student, request: Request) -> None:
    """Give the names what they meant at the check's place again, and collect on hidden inputs."""
    names = student.shell.user_ns
    names.clear()
    names.update(student.bindings[request["n"]])
    _collect_one(student, request["token"], request["name"], request["inputs"])
    _done(student, request)


def _collect_one(student: Student, token: str, name: str, inputs: str) -> None:
    check = registry.find(name)
    _allow_interrupts()
    try:
        text = plain.to_json(check.collect(student.shell.user_ns, plain.from_json(inputs)))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the student's objects may raise anything anywhere
        text = json.dumps({"error": {"type": type(error).__name__[:60], "message": "", "line": ""}})
    finally:
        _hold_interrupts()
    data = text.encode("ascii", "replace")
    head = json.dumps({"data": token, "name": name, "bytes": len(data)}).encode()
    student.send(head + b"\n" + data)


async def _test(student: Student, request: Request) -> None:
    """Run an ordinary test cell outside of IPython; see `guard`. What it looks like is said after the verdict.

    Cells of the instructor's that are no tests run here as well, where a notebook has tests: these depend on them.
    """
    names = student.shell.user_ns
    _allow_interrupts()
    try:
        error, value = await student.guard.run(names, student.pinned, request, student.send)
        with contextlib.suppress(Exception):
            if error is None and value is not None:
                student.shell.displayhook(value)
            # Figures are shown at this event.
            student.shell.events.trigger("post_execute")
    finally:
        _hold_interrupts()
    _flush()
    frames = student.guard.aside(_frames, student, error)
    _done(student, request, error, frames)
    remains.forget(error)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, shell.Stream):
            stream.flush()


def _done(
    student: Student, request: Request, error: BaseException | None = None, frames: Sequence[str] = ()
) -> None:
    message = {"done": request["token"], "ok": error is None}
    if error is not None:
        message |= {"ename": type(error).__name__, "evalue": _message(error), "frames": frames}
    student.send(json.dumps(message).encode() + b"\n")


def _message(error: BaseException) -> str:
    try:
        return str(error)[:_LONGEST_MESSAGE]
    except Exception:  # noqa: BLE001 - the student's exception may have a __str__ of its own
        return ""


def _frames(student: Student, error: BaseException | None) -> list[str]:
    """Return where in the notebook's own functions an error came from, for people."""
    lines, trace = [], None if error is None else error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        line = linecache.getline(code.co_filename, trace.tb_lineno).strip()
        if trace.tb_frame.f_globals is student.shell.user_ns and line:
            lines.append(f"in {code.co_name}, line {trace.tb_lineno}: {line[:200]}")
        trace = trace.tb_next
    return lines[-_MOST_FRAMES:]


def _say(student: Student, kind: str, content: dict[str, Any]) -> None:
    """Pass on one message of the shell's, as long as there is room for it."""
    if student.left <= 0:
        return
    data = _message_of(kind, content)
    if len(data) > student.left:
        if kind == "stream":
            student.send(_message_of(kind, {**content, "text": content["text"][: student.left // 2]}))
        data, student.left = b'{"full": true}\n', 0
    student.left -= len(data)
    student.send(data)


def _message_of(kind: str, content: dict[str, Any]) -> bytes:
    return json.dumps({"say": kind, "content": content}, default=repr).encode() + b"\n"
