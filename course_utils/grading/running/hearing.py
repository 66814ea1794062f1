"""Hears the student's process, on the trusted side: lines of JSON, of which each is counted, cut and looked at."""

from __future__ import annotations

import json
import select
import socket
import time
from dataclasses import dataclass
from typing import Any

#: What one check may return: a million numbers and more.
MOST_COLLECTED = 64 * 2**20
_MOST_OUTPUT = 256 * 2**20
#: For all that is no output: one short line a cell.
_BESIDES = 4 * 2**20
_PIECE = 1 << 18


class Ended(Exception):
    """The process is gone, or speaks no longer as it should."""


class TimeIsUp(Exception):
    """The deadline has come before the next message."""


@dataclass(frozen=True)
class Collected:
    """What a check's collect half returned, as text that is still to be read."""

    token: str
    name: str
    text: str


class Hearing:
    """The messages from one child, in order."""

    def __init__(self, stream: socket.socket, most_output: int | None) -> None:
        self._stream = stream
        self._buffer = bytearray()
        self._left = 2 * min(most_output or _MOST_OUTPUT, _MOST_OUTPUT) + _BESIDES
        self._poll = select.poll()
        self._poll.register(stream, select.POLLIN)

    def next(self, deadline: float | None) -> dict[str, Any] | Collected:
        """Wait for a message, until the `deadline` of `time.monotonic()`.

        Raises:
            TimeIsUp: there was none.
            Ended: the process is gone, wrote without end, or wrote what is no message.
        """
        line = self._line(deadline)
        try:
            message = json.loads(line, parse_constant=_nothing)
        except (ValueError, RecursionError):
            raise Ended("it wrote what is no message to the grader's own channel") from None
        if not isinstance(message, dict):
            raise Ended("it wrote what is no message to the grader's own channel")
        if "data" not in message:
            return message
        length, token, name = (message.get(key) for key in ("bytes", "data", "name"))
        if type(length) is not int or not isinstance(token, str) or not isinstance(name, str):
            raise Ended("it wrote what is no message to the grader's own channel")
        if not 0 <= length <= MOST_COLLECTED:
            raise Ended(f"its answers to a check took more than {MOST_COLLECTED // 2**20} MB")
        while len(self._buffer) < length:
            self._read(deadline)
        text = self._take(length).decode("ascii", "replace")
        return Collected(token, name, text)

    def send(self, data: bytes, deadline: float | None) -> None:
        """Send a request whole.

        Raises:
            TimeIsUp, Ended: as `next` does.
        """
        view = memoryview(data)
        try:
            while view:
                self._stream.settimeout(None if deadline is None else max(deadline - time.monotonic(), 0.01))
                view = view[self._stream.send(view, socket.MSG_NOSIGNAL) :]
        except TimeoutError:
            raise TimeIsUp from None
        except OSError:
            raise Ended("") from None

    def _line(self, deadline: float | None) -> bytes:
        begin = 0
        while (end := self._buffer.find(b"\n", begin)) < 0:
            begin = len(self._buffer)
            if begin > self._left:
                raise Ended("it wrote without end")
            self._read(deadline)
        self._left -= end
        if self._left < 0:
            raise Ended("it wrote without end")
        return self._take(end + 1)

    def _take(self, length: int) -> bytes:
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        return taken

    def _read(self, deadline: float | None) -> None:
        wait = None if deadline is None else max(deadline - time.monotonic(), 0.0) * 1000
        if not self._poll.poll(wait):
            raise TimeIsUp
        try:
            piece = self._stream.recv(_PIECE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            raise Ended("")
        self._buffer += piece


def _nothing(_name: str) -> None:
    """Stand for NaN and the infinities, which are no JSON."""
