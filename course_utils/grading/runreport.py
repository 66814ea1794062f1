"""The report of a run: every submission with its status and its reason, as a page and as a table for spreadsheets."""

from __future__ import annotations

import csv
import datetime
import html
import io
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from course_utils.grading.results import OPEN, Graded

_COLUMNS = (
    "student",
    "notebook",
    "score",
    "max_score",
    "before",
    "status",
    "sandbox",
    "seconds",
    "reason",
    "flags",
)
_HEADS = (
    "Student",
    "Notebook",
    "Score",
    "Of",
    "Before",
    "Status",
    "Sandbox",
    "Seconds",
    "Reason",
    "Put right, or odd",
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }}
body {{ margin: 0 auto; max-width: 90rem; padding: 1rem; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; }}
th, td {{ border-bottom: 1px solid #8888; padding: .3rem .6rem; text-align: left; vertical-align: top; }}
td.number {{ text-align: right; font-variant-numeric: tabular-nums; }}
tr.open td.status {{ font-weight: bold; }}
tr.open td:first-child {{ border-left: .3rem solid #c62828; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{when}. {sandbox}</p>
<p>{counts}</p>
<div class="wide" role="region" aria-label="Every submission" tabindex="0">
<table>
<thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>
</main>
</body>
</html>
"""


def write_report(folder: Path, assignment: str, results: Sequence[Graded], sandbox: str) -> list[Path]:
    """Write ASSIGNMENT.html and ASSIGNMENT.csv into `folder`, for their owner alone; return their paths."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    page = folder / f"{assignment}.html"
    table = folder / f"{assignment}.csv"
    _write(page, _page(assignment, results, sandbox))
    _write(table, "\ufeff" + _table(results))  # the mark tells spreadsheets that it is UTF-8
    return [page, table]


def summary(results: Sequence[Graded]) -> str:
    """Return how many notebooks have which status, as a sentence."""
    counts = Counter(str(result.status) for result in results)
    said = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    people = len({result.student for result in results})
    return f"{people} {'submission' if people == 1 else 'submissions'}: {said}."


def _page(assignment: str, results: Sequence[Graded], sandbox: str) -> str:
    now = datetime.datetime.now().astimezone()
    return _PAGE.format(
        title=html.escape(f"Grading of {assignment}"),
        when=f"{now:%Y-%m-%d %H:%M %Z}",
        sandbox=html.escape(sandbox),
        counts=html.escape(summary(results)),
        heads="".join(f'<th scope="col">{head}</th>' for head in _HEADS),
        rows="\n".join(map(_row, results)),
    )


def _row(result: Graded) -> str:
    cells = []
    for column, value in zip(_COLUMNS, _values(result), strict=True):
        number = column in ("score", "max_score", "before", "seconds")
        kind = "number" if number else column
        cells.append(f'<td class="{kind}">{html.escape(value)}</td>')
    opened = ' class="open"' if result.status in OPEN else ""
    return f"<tr{opened}>{''.join(cells)}</tr>"


def _table(results: Sequence[Graded]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows([_harmless(value) for value in _values(result)] for result in results)
    return text.getvalue()


def _values(result: Graded) -> list[str]:
    def number(value: float | None) -> str:
        return "" if value is None else f"{value:g}"

    status = f"{result.status} ({result.earlier})" if result.earlier else str(result.status)
    return [
        result.student,
        result.notebook,
        number(result.score),
        number(result.max_score),
        number(result.before),
        status,
        result.sandbox,
        f"{result.seconds:.1f}" if result.seconds else "",
        result.reason,
        " ".join(result.flags),
    ]


def _harmless(value: str) -> str:
    """A spreadsheet takes what begins so for a formula, and runs it."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _write(path: Path, text: str) -> None:
    """Write the file beside and rename it: a reader never sees half of it. It is for its owner alone."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="") as file:
        file.write(text)
    beside.replace(path)
