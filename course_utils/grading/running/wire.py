"""What travels between the conductor and the student's process, and how each end writes and reads it.

To the child go requests: eight hexadecimal digits with the length, then that many bytes of `marshal`, which holds code
objects as they are and is written in C, so that nothing the student patches can read or change them.
From the child come lines of JSON, which nobody trusts; one that says `"bytes": n` is followed by n bytes as they are.
"""

from __future__ import annotations

import builtins
import marshal
import signal
import threading
from os import read as _read
from os import write as _write
from signal import pthread_sigmask as _mask
from typing import Any

# What is defined below keeps these, whatever a student does to the module `builtins`.
__builtins__ = dict(vars(builtins))

_HEAD = 8
#: No handler may raise between the two halves of a line.
_HELD_BACK = frozenset({signal.SIGINT, signal.SIGALRM, signal.SIGTERM})


def pack(request: dict[str, Any]) -> bytes:
    """Write a request of the conductor's."""
    body = marshal.dumps(request)
    return b"%08x" % len(body) + body


def make_receive(
    descriptor: int, loads: Any = marshal.loads, read: Any = _read
) -> Any:  # bound now, in case a student replaces them in their modules
    """Return a function that waits for a request and returns it, or None when the conductor is gone."""

    def exactly(length: int) -> bytes:
        parts = []
        while length:
            part = read(descriptor, min(length, 1 << 20))
            if not part:
                return b""
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def receive() -> dict[str, Any] | None:
        head = exactly(_HEAD)
        body = exactly(int(head, 16)) if head else b""
        return loads(body) if body else None

    return receive


def make_send(descriptor: int, write: Any = _write) -> Any:
    """Return a function that writes bytes whole, from any thread, and is not torn by a signal."""
    lock = threading.RLock()

    def send(data: bytes) -> None:
        held = _mask(signal.SIG_BLOCK, _HELD_BACK)
        try:
            with lock:
                while data:
                    data = data[write(descriptor, data) :]
        finally:
            _mask(signal.SIG_SETMASK, held)

    return send
