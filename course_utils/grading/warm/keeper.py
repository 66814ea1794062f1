"""The keeper of one child: confines it, carries orders to it, watches what it uses, says how it ended, cleans up.

It stands outside the confinement, between the warm parent and the child's first process. It never reads a word that
the student's code wrote.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from course_utils.grading.warm import first, wire

_WATCH_MILLISECONDS = 50


def run(
    stream: int,
    control: int,
    alive: int,
    order: dict[str, Any],
    serve: Callable[[socket.socket], object],
) -> NoReturn:
    """Be the keeper of a new child, in a fork of the warm parent."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        first.close_all_but(stream, control, alive)
        connection = socket.socket(fileno=control)
        try:
            ended = _keep(stream, connection, alive, order, serve)
        except Exception as error:  # noqa: BLE001 - whatever it is, the trusted process is told
            ended = {"reason": "fault", "detail": f"{type(error).__name__}: {error}"}
        wire.send(connection, ended)
        status = 0
    finally:
        os._exit(status)


def _keep(
    stream: int,
    connection: socket.socket,
    alive: int,
    order: dict[str, Any],
    serve: Callable[[socket.socket], object],
) -> dict[str, Any]:
    received = wire.receive(connection)
    if received is None:
        raise ConnectionError("the trusted process closed the connection")
    request, _ = received
    folder = Path(tempfile.mkdtemp(prefix="course-warm-"))
    try:
        work = folder / "work"
        for name in ("work", "home", "tmp"):
            (folder / name).mkdir()
        _write_files(connection, request["files"], work)
        told, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(told)
            first.run(stream, tell, folder, request, serve)
        os.close(stream)
        os.close(tell)
        reason = _watch(pid, connection, alive, told)
        _, _, usage = os.wait4(pid, 0)
        with os.fdopen(told, "rb") as pipe:
            said = pipe.read()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ended = {"reason": reason, "cpu_seconds": usage.ru_utime + usage.ru_stime}
    if not reason and said:
        status = json.loads(said)
        if os.WIFSIGNALED(status):
            ended |= {"reason": "signal", "signal": os.WTERMSIG(status)}
        else:
            ended |= {"reason": "exit", "code": os.WEXITSTATUS(status)}
    elif not reason:
        ended |= {"reason": "fault", "detail": "The child's first process was killed."}
    return ended


def _write_files(connection: socket.socket, files: list[list[Any]], work: Path) -> None:
    for name, size in files:
        content = wire.receive_exactly(connection, size)
        if content is None:
            raise ConnectionError("the trusted process closed the connection")
        path = work / name
        if not path.resolve().is_relative_to(work.resolve()):
            raise ValueError(f"{name} lies outside the working folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _watch(pid: int, connection: socket.socket, alive: int, told: int) -> str:
    """Carry out orders until the child has ended; returns why it was killed, or "" when it ended by itself."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    poll.register(alive, select.POLLIN)
    poll.register(told, select.POLLIN)
    while True:
        ready = dict(poll.poll(_WATCH_MILLISECONDS))
        if told in ready:
            return ""
        if connection.fileno() in ready:
            what = connection.recv(1)
            if what == b"I":
                os.kill(pid, signal.SIGUSR1)
            else:
                os.kill(pid, signal.SIGTERM)
                return "killed"
        if alive in ready:
            os.kill(pid, signal.SIGTERM)
            return "killed"
