"""`course bench models`: the table, its bars, and the page of the book that shows it."""

from __future__ import annotations

import datetime
import json as json_format
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from course_utils.bench.measuring import measuring
from course_utils.bench.models.breast_cancer import breast_cancer
from course_utils.bench.models.cats_and_dogs import on_features
from course_utils.bench.models.pictures import after_a_minute, as_shipped
from course_utils.bench.models.row import Row
from course_utils.book.pages import find_root
from course_utils.errors import UsageError

#: What is measured, by the name that the command takes. A part says what it is doing, and yields rows.
PARTS: dict[str, Callable[[Callable[[str], None]], Iterator[Row]]] = {
    "breast-cancer": breast_cancer,
    "digits": as_shipped("digits-mlp", "digits-cnn"),
    "digits-in-a-minute": after_a_minute,
    "clothes": as_shipped("fashion-cnn"),
    "photographs": as_shipped("pictures"),
    "cats-dogs": as_shipped("cats-dogs"),
    "cats-dogs-head": on_features,
    "rock-paper-scissors": as_shipped("rps"),
}
#: The page that a whole run writes.
PAGE = "book/reference/accuracy.md"
_COLUMNS = ("Model", "Measured on", "Accuracy", "Promised", "Seconds", "How")


def models(names: Sequence[str] = (), json: bool = False, root: Path | None = None) -> int:
    """Measure the course's models and print a table; a run over all of them also writes the page of the book.

    Args:
        names: parts, such as digits; without any, all.
        json: print a list of objects instead of a table.
        root: the checkout; the one that the current folder lies in by default.

    Returns:
        The exit status: 0 where every model reaches what the course promises, else 1.

    Raises:
        UsageError: there is no such part.
    """
    for name in names:
        if name not in PARTS:
            raise UsageError(f"There is no measurement called {name}: choose from {', '.join(PARTS)}.")
    with measuring() as status:
        rows = [
            row for name in names or PARTS for row in PARTS[name](lambda doing: status.update(f"{doing} …"))
        ]
    if json:
        print(json_format.dumps([asdict(row) for row in rows], indent=1))
    else:
        Console().print(shown(rows))
    if not names:
        page = (root or find_root()) / PAGE
        page.write_text(page_text(rows), encoding="utf-8")
        print(f"{page}: written", file=sys.stderr)
    faults = [row.fault for row in rows if row.fault]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def cells(row: Row) -> tuple[str, ...]:
    """A row as text."""
    share = f"{row.accuracy:.4f}" + ("" if row.spread is None else f" ± {row.spread:.4f}")
    promised = "–" if row.bar is None or not row.is_real else f"{row.bar}"
    return (row.model, row.data, share, promised, f"{row.seconds:.1f}", row.note)


def shown(rows: Sequence[Row]) -> Table:
    """The rows as a table for a terminal."""
    table = Table(title="Accuracy on data that was not learned from (mean ± standard deviation over splits)")
    for column in _COLUMNS:
        table.add_column(column, justify="right" if column in ("Accuracy", "Promised", "Seconds") else "left")
    for row in rows:
        table.add_row(*cells(row))
    return table


def page_text(rows: Sequence[Row]) -> str:
    """The page of the book that shows the rows."""
    template = Path(__file__).with_name("page.md").read_text(encoding="utf-8")
    ruler = ("---", "---", "--:", "--:", "--:", "---")
    lines = [f"| {' | '.join(line)} |" for line in (_COLUMNS, ruler, *map(cells, rows))]
    return template.format(
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        cores=os.cpu_count(),
        machine=platform.machine(),
        table="\n".join(lines),
    )
