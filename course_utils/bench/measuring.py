"""What a measurement says while it runs: to standard error, so that standard output holds the result alone."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.status import Status


@contextlib.contextmanager
def measuring(doing: str = "Measuring …") -> Iterator[Status]:
    """Show `doing` while the block runs; lines that loaders print about their data go to standard error meanwhile."""
    with contextlib.redirect_stdout(sys.stderr), Console(stderr=True).status(doing) as status:
        yield status
