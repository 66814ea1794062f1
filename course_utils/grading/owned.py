"""Files of marks and feedback: readable by their owner alone, and whole or not there at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def write_owned(path: Path, content: str | bytes) -> Path:
    """Write a file that only its owner can read, beside it first, then in its place; return its path.

    Folders that are missing are made for their owner alone as well.
    """
    make_owned(path.parent)
    data = content.encode("utf-8") if isinstance(content, str) else content
    beside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return path


def make_owned(folder: Path) -> Path:
    """Make a folder, and those above it that are missing, for their owner alone; return its path."""
    if not folder.is_dir():
        make_owned(folder.parent)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=PRIVATE_FOLDER)
    return folder
