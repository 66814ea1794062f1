"""The trusted side hears a hostile process, and keeps its memory and its time."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from course_utils.grading.running.hearing import Collected, Ended, Hearing, TimeIsUp

LIMIT = 1000


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Hearing]]:
    """The child's end of a stream, and what hears it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield theirs, Hearing(ours, LIMIT)


def flood(stream: socket.socket, data: bytes) -> threading.Thread:
    def write() -> None:
        with contextlib.suppress(OSError):
            for _ in range(2000):
                stream.sendall(data)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize(
    "data", [b"x" * 65536, (b'{"say": "' + b"x" * 500 + b'"}\n') * 128], ids=["one line", "many lines"]
)
def test_a_flood_ends_before_it_fills_the_memory(ends: tuple[socket.socket, Hearing], data: bytes) -> None:
    stream, hearing = ends
    flood(stream, data)
    heard: list[int] = []

    def hear() -> None:
        while True:
            heard.append(len(str(hearing.next(time.monotonic() + 20))))

    with pytest.raises(Ended, match="wrote without end"):
        hear()
    assert sum(heard) + len(hearing._buffer) < 10 * 2**20


def test_messages_come_whole_however_they_are_cut(ends: tuple[socket.socket, Hearing]) -> None:
    stream, hearing = ends
    whole = b'{"done": "t", "ok": true}\n{"data": "t", "name": "n", "bytes": 5}\n[1,2]{"full": true}\n'
    for cut in range(1, len(whole), 7):
        for start in range(0, len(whole), cut):
            stream.sendall(whole[start : start + cut])
        deadline = time.monotonic() + 5
        assert hearing.next(deadline) == {"done": "t", "ok": True}
        assert hearing.next(deadline) == Collected("t", "n", "[1,2]")
        assert hearing.next(deadline) == {"full": True}


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe",
        b"[1]",
        b"null",
        b"[" * 5000,
        b'{"data": "t"}',
        b'{"data": "t", "name": "n", "bytes": -1}',
        b'{"data": "t", "name": "n", "bytes": true}',
        b'{"data": "t", "name": "n", "bytes": 1e300}',
        b'{"data": "t", "name": "n", "bytes": 99999999999999}',
        b"1" * 5000,
    ],
)
def test_what_is_no_message_is_an_end(ends: tuple[socket.socket, Hearing], line: bytes) -> None:
    stream, hearing = ends
    stream.sendall(line + b"\n")
    with pytest.raises(Ended):
        hearing.next(time.monotonic() + 5)


def test_silence_lasts_as_long_as_the_deadline(ends: tuple[socket.socket, Hearing]) -> None:
    stream, hearing = ends
    stream.sendall(b'{"half')
    began = time.monotonic()
    with pytest.raises(TimeIsUp):
        hearing.next(began + 0.2)
    assert 0.15 < time.monotonic() - began < 5
    stream.sendall(b'": 1}\n')
    assert hearing.next(time.monotonic() + 5) == {"half": 1}


def test_nobody_reading_at_the_other_end_is_no_reason_to_wait(ends: tuple[socket.socket, Hearing]) -> None:
    _stream, hearing = ends
    with pytest.raises(TimeIsUp):
        hearing.send(b"x" * 2**24, time.monotonic() + 0.2)
