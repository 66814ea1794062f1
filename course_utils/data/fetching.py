"""Bring every data set and all pretrained weights into Keras' cache, for a class room without a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from course_utils.data import sources, wheels
from course_utils.errors import CourseError


def fetch() -> list[Path]:
    """Download what is not at hand yet, with a progress bar; returns where each file lies.

    Files fetched before stay. Raises `CourseError` saying what could not be read from where, once the others were
    fetched.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    paths = []
    failures: dict[str, list[str]] = {}
    with Progress(*columns) as bar:
        for file in (*sources.ALL, *wheels.ALL):
            task = bar.add_task(file.title, total=file.size)
            try:
                path = sources.at_hand(file) or _download(
                    file, lambda done, task=task: bar.update(task, completed=done)
                )
            except (OSError, ValueError) as error:
                named = isinstance(error, _Silent) or not file.url
                reason = f"({error})" if named else f"from {file.url} ({error})"
                failures.setdefault(reason, []).append(file.title)
                bar.remove_task(task)
                continue
            size = path.stat().st_size
            bar.update(task, total=size, completed=size)
            paths.append(path)
    if failures:
        told = "; ".join(
            f"{', '.join(titles)} could not be fetched {reason}" for reason, titles in failures.items()
        )
        raise CourseError(
            f"{told}: check the connection, or set COURSE_DATA to a folder that holds what is missing."
        )
    return paths


class _Silent(OSError):
    """A host that does not answer, the reason for many files at once."""


def _download(file: sources.RemoteFile, progress: Callable[[int], None]) -> Path:
    if isinstance(file, wheels.Wheel):
        return wheels.download(file, progress)
    address = urlsplit(file.url)
    if address.scheme == "https" and not sources.reachable(address.hostname or ""):
        raise _Silent(f"{address.hostname} does not answer")
    return sources.download(file, progress)
