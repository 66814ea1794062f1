"""The keeper of one child: confines it, carries orders to it, watches what it uses, says how it ended, cleans up.

It stands outside the confinement, between the warm parent and the child's first process. It never reads a word that
the student's code wrote.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import time
from pathlib import Path
from typing import Any, NoReturn

from course_utils.grading.sandbox.confinement import Confinement
from course_utils.grading.sandbox.levels import Level, confinement
from course_utils.grading.sandbox.system_calls import LINUX
from course_utils.grading.sandbox.usage import (
    Memory,
    adopt_orphans,
    all_but_first,
    descendants,
    kill_descendants,
    processor_seconds,
)
from course_utils.grading.warm import first, wire
from course_utils.grading.warm.first import Serve

_WATCH_MILLISECONDS = 50
# Where a child's processes have to be found among all of the machine's, which takes milliseconds.
_SEARCH_MILLISECONDS = 200
# Where the disk is a folder, its files are counted one by one.
_DISK_SECONDS = 0.5


def run(stream: int, control: int, alive: int, order: dict[str, Any], serve: Serve) -> NoReturn:
    """Be the keeper of a new child, in a fork of the warm parent.

    Args:
        stream: the child's end of its stream.
        control: where orders come from, and where the child's end is told.
        alive: a pipe that ends when the warm parent does.
        order: what the warm parent was started with.
        serve: what the student's process calls.
    """
    status = 1
    try:
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
    stream: int, connection: socket.socket, alive: int, order: dict[str, Any], serve: Serve
) -> dict[str, Any]:
    received = wire.receive(connection)
    if received is None:
        raise ConnectionError("the trusted process closed the connection")
    request, _ = received
    folder = Path(order["folder"], str(os.getpid()))
    limits = request["limits"]
    readable = tuple(map(Path, order["readable"]))
    walls = confinement(Level(order["level"]), limits, folder, readable, request["share"])
    try:
        if not walls.private_processes:
            adopt_orphans()
        walls.prepare()
        _write_files(connection, request["files"], walls.place.work)
        walls.hand_over()
        told, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(told)
            first.run(stream, tell, walls, request, serve)
        os.close(stream)
        os.close(tell)
        watch = _Watch(pid, connection, alive, told, walls)
        watch.run()
        _, _, usage = os.wait4(pid, 0)
        if not walls.private_processes:
            # None are left unless the first process was killed.
            kill_descendants(os.getpid())
    finally:
        walls.clean()
    ended = watch.verdict()
    seconds = max(usage.ru_utime + usage.ru_stime, watch.seconds)
    return ended | {"cpu_seconds": seconds, "peak_memory": watch.memory.peak}


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


class _Watch:
    """Carries out orders and watches the child until it has ended."""

    def __init__(
        self, pid: int, connection: socket.socket, alive: int, told: int, walls: Confinement
    ) -> None:
        self.pid, self.connection, self.alive, self.told, self.walls = pid, connection, alive, told, walls
        self.said = b""
        self.reason = ""
        self.seconds = 0.0
        self.memory = Memory(walls.disk_used if walls.files_are_memory() else lambda: 0)
        self._disk_then = time.monotonic()

    def run(self) -> None:
        """Returns when the first process has nothing more to say, and so has ended."""
        poll = select.poll()
        for source in (self.connection, self.alive, self.told):
            poll.register(source, select.POLLIN)
        pause = _WATCH_MILLISECONDS if self.walls.private_processes else _SEARCH_MILLISECONDS
        while True:
            ready = dict(poll.poll(pause))
            if self.told in ready:
                part = os.read(self.told, 65536)
                self.said += part
                if not part:
                    return
            elif self.alive in ready:
                self._end("killed")
                poll.unregister(self.alive)
            elif self.connection.fileno() in ready and not self._obey():
                poll.unregister(self.connection)
            elif b"\n" in self.said and not self.reason:
                # Only once the child is confined does /proc show its processes alone.
                self._measure()

    def verdict(self) -> dict[str, Any]:
        """How the child ended, as the fields of `Exit`."""
        lines = [json.loads(line) for line in self.said.splitlines()]
        if problem := next((line["problem"] for line in lines if "problem" in line), ""):
            return {"reason": "fault", "detail": problem}
        if self.reason:
            return {"reason": self.reason, "memory_exceeded": self.reason == "memory"}
        status = next((line["status"] for line in lines if "status" in line), None)
        if status is None:
            return {"reason": "fault", "detail": "The child's first process was killed."}
        if os.WIFSIGNALED(status):
            return {"reason": "signal", "signal": os.WTERMSIG(status)}
        return {"reason": "exit", "code": os.WEXITSTATUS(status)}

    def _obey(self) -> bool:
        """Carry out an order; whether there may be more."""
        try:
            what = self.connection.recv(1)
        except ConnectionError:
            what = b""
        if what == b"I":
            os.kill(self.pid, signal.SIGUSR1)
            return True
        self._end("killed")
        return False

    def _measure(self) -> None:
        limits, walls = self.walls.limits, self.walls
        pids = self._processes()
        too_much = self.memory.over(limits["memory"], pids)
        if not walls.watched:
            return
        if too_much:
            self._end("memory")
        elif limits["processes"] is not None and len(pids) > limits["processes"]:
            # The kernel's own limit does not count those of root.
            self._end("processes")
        elif (
            limits["disk"] is not None and not walls.files_are_memory() and self._disk_is_full(limits["disk"])
        ):
            self._end("disk")

    def _processes(self) -> list[int]:
        if self.walls.private_processes:
            return all_but_first()
        # Elsewhere than on Linux, asking several times a second would cost more than what is watched.
        return descendants(self.pid) if LINUX else []

    def _disk_is_full(self, most: int) -> bool:
        now = time.monotonic()
        if now < self._disk_then + _DISK_SECONDS:
            return False
        self._disk_then = now
        return self.walls.disk_used() > most

    def _end(self, reason: str) -> None:
        """Have everything killed: a namespace's processes die with the first one, else that one kills the others."""
        if not self.reason:
            self.reason = reason
            if self.walls.private_processes and b"\n" in self.said:
                # A namespace that is killed forgets what its processes have used.
                self.seconds = sum(map(processor_seconds, (1, *all_but_first())))
            os.kill(self.pid, signal.SIGKILL if self.walls.private_processes else signal.SIGTERM)
