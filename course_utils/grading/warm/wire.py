"""Messages between the trusted process, the warm parent and the keepers: JSON with its length before it."""

from __future__ import annotations

import array
import json
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("!Q")
#: What a message may hold. The trusted process reads messages from keepers only, but cannot be flooded by them either.
LARGEST = 16 * 2**20


def send(connection: socket.socket, message: dict[str, Any], *descriptors: int) -> None:
    """Send a message, with open file descriptors if any are given."""
    data = json.dumps(message).encode()
    head = _LENGTH.pack(len(data))
    if descriptors:
        # The descriptors travel with the first bytes.
        socket.send_fds(connection, [head], list(descriptors))
    else:
        connection.sendall(head)
    connection.sendall(data)


def receive(connection: socket.socket, descriptors: int = 0) -> tuple[dict[str, Any], list[int]] | None:
    """Receive a message and up to `descriptors` file descriptors; None at the end of the stream.

    Raises:
        ValueError: the message is larger than LARGEST or no JSON object.
    """
    head, found = _head(connection, descriptors)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > LARGEST:
        raise ValueError(f"A message of {length} bytes is too large.")
    data = receive_exactly(connection, length)
    if data is None:
        return None
    message = json.loads(data)
    if not isinstance(message, dict):
        raise ValueError("A message has to be a JSON object.")
    return message, found


def receive_exactly(connection: socket.socket, length: int) -> bytes | None:
    """Receive `length` bytes, or None when the stream ends before."""
    parts = bytearray()
    while len(parts) < length:
        part = connection.recv(min(length - len(parts), 2**20))
        if not part:
            return None
        parts += part
    return bytes(parts)


def _head(connection: socket.socket, descriptors: int) -> tuple[bytes, list[int]]:
    if not descriptors:
        return receive_exactly(connection, _LENGTH.size) or b"", []
    space = socket.CMSG_LEN(descriptors * array.array("i").itemsize)
    data, ancillary, _, _ = connection.recvmsg(_LENGTH.size, space)
    found = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(content[: len(content) - len(content) % found.itemsize])
    if data and len(data) < _LENGTH.size:
        data += receive_exactly(connection, _LENGTH.size - len(data)) or b""
    return data, list(found)
