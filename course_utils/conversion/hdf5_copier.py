"""A program, run apart from everything: it copies HDF5 files, reading every byte of them in a process of its own.

The HDF5 library is C code that a damaged file can make crash, loop or ask for any amount of memory. What it can
read here, in a child that may die, and what is written anew from that, the converter then opens safely.

Reads lines of JSON on stdin: {"source": PATH, "target": PATH, "seconds": N, "cpu_seconds": N, "memory": BYTES}.
Answers each with a line on stdout: {"ok": true}, or {"why": WORDS} where the file is at fault, or {"errno": N} where
the disk is.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import sys
from typing import Any

import h5py
import numpy as np

# Numbers and texts: booleans, integers, floats, bytes and strings. Everything else has no place in a model.
_KINDS = "biufSO"
# A data set may say that it is larger than what is stored for it only as far as compression goes.
_EXPANSION = 200
_SMALL = 2**24
_BLOCK = 2**24
_DEEPEST = 64
# Errors of the disk that is written to, which h5py tells in words.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Refused(Exception):
    """The file holds what no model file holds."""


def main() -> None:
    """Answer requests until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin:
        request = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _copy_and_exit(request, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            answer = pipe.read()
        _, status = os.waitpid(child, 0)
        if not answer:
            answer = json.dumps({"why": f"reading it ended the process ({_ending(status)})"}).encode()
        sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.buffer.flush()


def _ending(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return (
            "took too long"
            if number in (signal.SIGALRM, signal.SIGXCPU, signal.SIGKILL)
            else signal.Signals(number).name
        )
    return f"status {os.WEXITSTATUS(status)}"


def _copy_and_exit(request: dict[str, Any], pipe: int) -> None:
    try:
        signal.alarm(int(request["seconds"]))
        resource.setrlimit(resource.RLIMIT_CPU, (int(request["cpu_seconds"]),) * 2)
        resource.setrlimit(resource.RLIMIT_AS, (int(request["memory"]),) * 2)
        answer = _answer(request["source"], request["target"])
        os.write(pipe, json.dumps(answer).encode())
    finally:
        os._exit(0)


def _answer(source: str, target: str) -> dict[str, Any]:
    try:
        copy(source, target)
    except Refused as error:
        return {"why": str(error)}
    except MemoryError:
        return {"why": "it asks for more memory than its size explains"}
    # Whatever h5py raises on a damaged file: OSError, RuntimeError, KeyError, ValueError, TypeError, UnicodeError …
    except Exception as error:  # noqa: BLE001
        number = next((known for known in _FULL if f"errno = {known}," in str(error)), None)
        if number is not None:
            return {"errno": number}
        return {"why": " ".join(str(error).split())[:200] or type(error).__name__}
    return {"ok": True}


def copy(source: str, target: str) -> None:
    """Write what the HDF5 file `source` holds to a new file: groups, data sets and attributes, by value."""
    with h5py.File(source, "r") as old, h5py.File(target, "w") as new:
        _copy_group(old, new, set(), 0)


def _copy_group(old: h5py.Group, new: h5py.Group, seen: set[Any], depth: int) -> None:
    address = h5py.h5o.get_info(old.id).addr
    if address in seen or depth > _DEEPEST:
        raise Refused(f"its group {old.name} holds itself")
    seen.add(address)
    _copy_attributes(old, new)
    for name in old:
        if not isinstance(old.get(name, getlink=True), h5py.HardLink):
            raise Refused(f"its entry {name} points to another place or file")
        item = old[name]
        if isinstance(item, h5py.Group):
            _copy_group(item, new.create_group(name), seen, depth + 1)
        elif isinstance(item, h5py.Dataset):
            _copy_data(item, new, name)
        else:
            raise Refused(f"its entry {name} is neither data nor a group")


def _copy_data(old: h5py.Dataset, parent: h5py.Group, name: str) -> None:
    if old.is_virtual or old.external:
        raise Refused(f"its data {old.name} lies in another file")
    text = h5py.check_string_dtype(old.dtype)
    if old.dtype.kind not in _KINDS or (old.dtype.kind == "O" and text is None):
        raise Refused(f"its data {old.name} is of the type {old.dtype}, which no model has")
    if old.shape is None:
        raise Refused(f"its data {old.name} is empty")
    size = old.size * old.dtype.itemsize
    if size > _SMALL and size > _EXPANSION * max(old.id.get_storage_size(), 1):
        raise Refused(f"its data {old.name} says that it is larger than what is stored")
    new = parent.create_dataset(name, shape=old.shape, dtype=old.dtype)
    _copy_attributes(old, new)
    if old.ndim == 0 or size <= _BLOCK:
        new[()] = old[()]
        return
    rows = max(1, _BLOCK * old.shape[0] // size)
    for first in range(0, old.shape[0], rows):
        new[first : first + rows] = old[first : first + rows]


def _copy_attributes(old: h5py.Group | h5py.Dataset, new: h5py.Group | h5py.Dataset) -> None:
    for name in old.attrs:
        value = old.attrs[name]
        if isinstance(value, h5py.Empty):
            continue
        if isinstance(value, bytes | np.bytes_):  # a text of any length; a fixed one ends at 64 kB
            value = bytes(value).decode("utf-8")
        new.attrs[name] = value


if __name__ == "__main__":
    main()
