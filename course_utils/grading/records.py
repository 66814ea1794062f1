"""What a graded notebook says of its own grading, beside what nbgrader keeps.

`course grade` writes it into the metadata of the autograded notebook, under the key "course": of a check cell the
reports of its checks, visible and hidden; of the notebook how the run went. Feedback pages are made from it. nbgrader
leaves the key alone, and its own autograde removes it, for it knows neither. It is read as if a student had written
it: what does not have the right shape is not there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from course_utils.checks.report import Report

KEY = "course"
_MOST_REPORTS = 50
_LONGEST_TEXT = 500


@dataclass(frozen=True)
class Run:
    """How the run of one notebook went.

    Attributes:
        status: "graded", "partial", … as `course grade` says it.
        sandbox: the level that held: "bubblewrap", "landlock", "limits" or "off".
        seconds: wall time of the student's side; `cpu_seconds` its processor time.
        reason: for a run that was cut short, why, in a sentence for people; `failing` is the cell's id.
        flags: what was repaired on the way in, each a sentence: "The notebook was called hw (1).ipynb."
    """

    status: str
    sandbox: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory: int = 0
    reason: str = ""
    failing: str = ""
    flags: tuple[str, ...] = ()


def write_run(notebook: Any, run: Run) -> None:
    """Keep how the run went in the notebook (a dictionary as nbformat 4 has it)."""
    notebook["metadata"][KEY] = asdict(run) | {"flags": list(run.flags)}


def read_run(notebook: Any) -> Run | None:
    """Return how the run went, or None where nothing readable is kept."""
    data = _kept(notebook)
    if not isinstance(data.get("status"), str):
        return None
    texts = {name: _text(data.get(name)) for name in ("status", "sandbox", "reason", "failing")}
    flags = data.get("flags")
    return Run(
        **texts,
        seconds=_number(data.get("seconds")),
        cpu_seconds=_number(data.get("cpu_seconds")),
        peak_memory=int(_number(data.get("peak_memory"))),
        flags=tuple(_text(flag) for flag in flags[:20]) if isinstance(flags, list) else (),
    )


def write_reports(cell: Any, reports: Iterable[Report]) -> None:
    """Keep the reports of the checks of a cell in its metadata, in the order in which it calls them."""
    cell["metadata"][KEY] = {"reports": [report.to_data() for report in reports]}


def read_reports(cell: Any) -> tuple[Report, ...]:
    """Return the reports of a cell; none where nothing readable is kept."""
    data = _kept(cell).get("reports")
    if not isinstance(data, list):
        return ()
    try:
        return tuple(Report.from_data(one) for one in data[:_MOST_REPORTS] if isinstance(one, Mapping))
    except ValueError:
        return ()


def _kept(of: Any) -> Mapping[str, Any]:
    metadata = of.get("metadata") if isinstance(of, Mapping) else None
    data = metadata.get(KEY) if isinstance(metadata, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def _text(value: object) -> str:
    return value[:_LONGEST_TEXT] if isinstance(value, str) else ""


def _number(value: object) -> float:
    fine = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if fine and isinstance(value, int | float) else 0.0
