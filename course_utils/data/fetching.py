"""Bring every data set of the course into Keras' cache, for a class room without a network."""

from __future__ import annotations

from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from course_utils.data import sources
from course_utils.errors import CourseError


def fetch() -> list[Path]:
    """Download what is not at hand yet, with a progress bar; returns where each file lies.

    Raises `CourseError` naming the address when one cannot be read. Files fetched before stay.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    paths = []
    with Progress(*columns) as bar:
        for file in sources.ALL:
            task = bar.add_task(file.title, total=file.size)
            path = sources.at_hand(file)
            if path is None:
                try:
                    path = sources.download(file, lambda done, task=task: bar.update(task, completed=done))
                except (OSError, ValueError) as error:
                    raise CourseError(
                        f"{file.title} could not be fetched from {file.url} ({error}): check the connection, "
                        "or set COURSE_DATA to a folder that holds it."
                    ) from error
            bar.update(task, completed=file.size)
            paths.append(path)
    return paths
