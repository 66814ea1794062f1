"""What a person sees while a conversion runs: one bar, and nothing of the libraries' own chatter."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from course_utils.conversion.pipeline import Tell


@contextmanager
def shown(*, libraries: bool = False) -> Iterator[Tell]:
    """The `tell` of `convert`, drawn on stderr where that is a terminal.

    Args:
        libraries: let TensorFlow and the others write to stderr as they like, which is for finding faults.

    While it lasts nothing reaches stdout, and what asks the process to end (SIGTERM) is an exception like Ctrl-C, so
    that the conversion can clean up.
    """
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with (
            _own_stderr(libraries) as console,
            Progress(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=console,
                transient=True,
                disable=not console.is_terminal,
            ) as progress,
        ):
            task = progress.add_task("Starting", total=None)

            def tell(doing: str, done: int, total: int) -> None:
                progress.update(task, description=doing, completed=done, total=total)

            yield tell
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


@contextmanager
def _own_stderr(libraries: bool) -> Iterator[Console]:
    """A console on stderr; everything else that is written to stdout and stderr is dropped, or all goes to stderr."""
    sys.stdout.flush()
    sys.stderr.flush()
    out, err = os.dup(1), os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        with os.fdopen(os.dup(err), "w") as file:
            os.dup2(err if libraries else nowhere, 1)
            os.dup2(err if libraries else nowhere, 2)
            yield Console(file=file)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(out, 1)
        os.dup2(err, 2)
        for descriptor in (out, err, nowhere):
            os.close(descriptor)
