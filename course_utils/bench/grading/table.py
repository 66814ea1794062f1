"""`course bench grade`: the table, the page of the book, and the bars that the grader has to keep."""

from __future__ import annotations

import datetime
import json as json_format
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from course_utils.bench.grading import classes, environments
from course_utils.bench.grading.classes import Exercise
from course_utils.bench.grading.tools import NBGRADER, OTTER, OURS, Few, Hall, Programs, Row
from course_utils.book.pages import find_root
from course_utils.errors import UsageError
from course_utils.grading.capacity import cores

#: The bars, the start of the run included in both: throughput against nbgrader's with a job for each core, and seconds
#: that a submission takes on a core beyond its cells.
LEAST_TIMES, MOST_BEYOND = 8.0, 0.5
#: The page that a run with a whole class writes.
PAGE = "book/reference/grading-bench.md"
STUDENTS = 100
_WHOLE_CLASS = 10
_WIDTH = 130
_JOBS = (1, 2, 4)
_LIGHT = ((OURS, 10), (OURS, 100), (OURS, 1000), (NBGRADER, 10), (NBGRADER, 100))


@dataclass(frozen=True)
class Results:
    """What one run has measured: on week 1, and on the light exercise."""

    week: tuple[Row, ...]
    light: tuple[Row, ...]
    load: float


def grading(
    students: int = STUDENTS, json: bool = False, root: Path | None = None, tools: Sequence[str] = ()
) -> int:
    """Grade a class of week 1 with each tool, and light classes of 10, 100 and 1000, and print tables.

    With less than 10 students, the light class is one of 10, and no bar is looked at. A run of all tools with 10 or
    more also writes the page of the book that shows them. With 100 it takes about half an hour on two cores.

    Args:
        students: in the class of week 1.
        json: print an object instead of tables.
        root: the checkout; the one that the current folder lies in by default.
        tools: "ours", "nbgrader" or "otter"; without any, all.

    Returns:
        The exit status: 0 where the bars are kept, else 1.

    Raises:
        UsageError: there is no such tool, or no student.
        CourseError: a tool or its environment does not work.
    """
    known = {"ours": OURS, "nbgrader": NBGRADER, "otter": OTTER}
    if unknown := [name for name in tools if name not in known]:
        raise UsageError(f"There is no tool {unknown[0]}: choose from {', '.join(known)}.")
    if students < 1:
        raise UsageError("--students is a number from 1.")
    root = root or find_root()
    chosen = [known[name] for name in tools or known]
    otter = environments.otter_environment(root) if OTTER in chosen else None
    programs = Programs(environments.grading_environment(root), otter)
    load = os.getloadavg()[0]
    week = measure(root, "week1", programs, _steps(chosen, students))
    most = max(many for _, many in _LIGHT) if students >= _WHOLE_CLASS else students
    steps = [(tool, 2 if tool == OURS else 1, many) for tool, many in _LIGHT if many <= max(most, 10)]
    light = measure(root, "light", programs, [step for step in steps if step[0] in chosen])
    results = Results(tuple(week), tuple(light), load)
    if json:
        print(json_format.dumps(asdict(results), indent=1))
    else:
        for title, rows in ((f"Week 1, {students} submissions", week), ("A light exercise", light)):
            Console(width=max(Console().width, _WIDTH)).print(_table(title, rows))
    if not tools and students >= _WHOLE_CLASS:
        (root / PAGE).write_text(page_text(results), encoding="utf-8")
        print(f"{root / PAGE}: written", file=sys.stderr)
    faults = faults_of(results)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _steps(chosen: Sequence[str], students: int) -> list[tuple[str, int, int]]:
    alone = [(tool, 1, students) for tool in (NBGRADER, OTTER) if tool in chosen]
    return alone + [(OURS, jobs, students) for jobs in _JOBS if OURS in chosen]


def measure(root: Path, name: str, programs: Programs, steps: Sequence[tuple[str, int, int]]) -> list[Row]:
    """Grade classes of "week1" or "light", one after the other: (tool, jobs, students)."""
    with tempfile.TemporaryDirectory(prefix="course-bench-") as folder:
        course = Path(folder).resolve() / "course"
        course.mkdir()
        exercise: Exercise = (
            classes.make_light(course) if name == "light" else classes.make_week(root, course, name)
        )
        hall = Hall(course, exercise, programs)
        small = dict.fromkeys((tool, jobs, jobs) for tool, jobs, _ in steps if tool != OTTER)
        everything = [*small, *steps]
        shown = track(everything, f"Grading {name}", console=Console(stderr=True), transient=True)
        rows = [hall.measure(*step) for step in shown]
        few = {(row.tool, row.jobs): Few(row.students, row.wall, row.cells) for row in rows[: len(small)]}
        return [replace(row, few=few.get((row.tool, row.jobs))) for row in rows[len(small) :]]


def beyond(row: Row, rows: Sequence[Row]) -> float | None:
    """Seconds of wall time a submission a core in use, less the cells'; None with more jobs than cores.

    The run's start is in it. A tool that does not time the cells is measured against what they take in `course grade`
    with the fewest jobs.
    """
    timed = _timed(row, rows)
    if row.jobs > cores() or timed is None or timed.cells is None:
        return None
    return (row.wall * min(row.jobs, row.students) - timed.cells) / row.students


def further(row: Row, rows: Sequence[Row]) -> float | None:
    """As `beyond`, of each submission more: without the start of the run, which a class has once.

    It is what the whole class takes longer than a class of one student a job.
    """
    timed = _timed(row, rows)
    if row.jobs > cores() or timed is None or timed.cells is None or row.few is None or timed.few is None:
        return None
    more = row.students - row.few.students
    if more <= 0 or timed.few.cells is None:
        return None
    # As many students as in the small class of this tool, whose cells may have been timed on fewer.
    first = timed.few.cells / timed.few.students * row.few.students
    return ((row.wall - row.few.wall) * row.jobs - (timed.cells - first)) / more


def _timed(row: Row, rows: Sequence[Row]) -> Row | None:
    """The row that says how long the cells take: this one, or ours of the same class with the fewest jobs."""
    if row.cells is not None:
        return row
    ours = (one for one in rows if one.tool == OURS and one.students == row.students)
    return min(ours, key=lambda one: one.jobs, default=None)


def times(row: Row, rows: Sequence[Row]) -> float | None:
    """How many times nbgrader's throughput on the same class; None where nbgrader was not measured on it."""
    found = [one for one in rows if one.tool == NBGRADER and one.students == row.students]
    return found[0].each / row.each if found else None


def agreement(rows: Sequence[Row]) -> str:
    """A sentence on whether the tools gave the same points."""
    grades = [row for row in rows if row.tool != OTTER]
    same = len({row.scores for row in grades}) == 1
    said = "nbgrader and `course grade` gave every student the same points." if same else "THE POINTS DIFFER."
    otter = [row for row in rows if row.tool == OTTER]
    if otter and grades:
        pairs = list(zip(otter[0].scores, grades[0].scores, strict=True))
        as_many = sum(one == other for one, other in pairs)
        said += f" Otter-Grader, which gives a test's points whole or not at all, agreed on {as_many} of {len(pairs)}."
    return said


def worker_memory(rows: Sequence[Row]) -> float:
    """Bytes that each further submission at once takes: from the smallest number of jobs to the largest."""
    ours = sorted((row for row in rows if row.tool == OURS), key=lambda row: row.jobs)
    if len(ours) < 2 or ours[0].jobs == ours[-1].jobs:
        return 0.0
    return (ours[-1].memory - ours[0].memory) / (ours[-1].jobs - ours[0].jobs)


def faults_of(results: Results) -> list[str]:
    """The bars that are missed, each as a sentence."""
    faults = []
    for row in results.week:
        if row.tool != OURS or row.jobs != 2 or cores() < 2 or row.students < _WHOLE_CLASS:
            continue
        faster, over = times(row, results.week), beyond(row, results.week)
        if faster is not None and faster < LEAST_TIMES:
            faults.append(f"Week 1: {faster:.1f} times nbgrader's throughput, under {LEAST_TIMES:g}.")
        if over is not None and over > MOST_BEYOND:
            faults.append(
                f"Week 1: {over:.2f} s a submission a core beyond the cells, over {MOST_BEYOND:g} s."
            )
    for rows in (results.week, results.light):
        for many in {row.students for row in rows}:
            scores = {row.scores for row in rows if row.students == many and row.tool != OTTER}
            if len(scores) > 1:
                faults.append(f"{rows[0].exercise}: nbgrader and course grade do not give the same points.")
    return faults


_COLUMNS = (
    *("Jobs", "Wall", "A submission", "Against nbgrader", "Processor", "Memory"),
    *("Beyond the cells", "Without the start"),
)


def _cells(row: Row, rows: Sequence[Row]) -> tuple[str, ...]:
    faster, over, more = times(row, rows), beyond(row, rows), further(row, rows)
    return (
        row.tool,
        f"{row.students:,}",
        str(row.jobs),
        f"{row.wall:,.1f} s",
        f"{row.each:.2f} s",
        "–" if faster is None else f"{faster:.1f} ×",
        f"{row.cpu:,.1f} s",
        f"{row.memory / 1e6:,.0f} MB",
        "–" if over is None else f"{over:.2f} s",
        "–" if more is None else f"{more:.2f} s",
    )


def _table(title: str, rows: Sequence[Row]) -> Table:
    shown = Table(title=title)
    shown.add_column("Tool")
    for column in ("Submissions", *_COLUMNS):
        shown.add_column(column, justify="right")
    for row in rows:
        shown.add_row(*_cells(row, rows))
    return shown


def page_text(results: Results) -> str:
    """The page of the book that shows the results."""
    template = Path(__file__).with_name("page.md").read_text(encoding="utf-8")
    lock = environments.OTTER_LOCK.read_text(encoding="utf-8")
    versions = re.findall(r"(?m)^otter-grader==(\S+)", lock)
    first = next(row for row in results.week if row.tool == OURS and row.jobs == 1)
    return template.format(
        cores=cores(),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        load=f"{results.load:.1f}",
        students=first.students,
        otter=versions[0],
        week=_markdown(_cells(row, results.week) for row in results.week),
        cells=(first.cells or 0.0) / first.students,
        start=first.few.wall if first.few else 0.0,
        scores=agreement(results.week),
        worker=worker_memory(results.week) / 1e6,
        light=_markdown(_cells(row, results.light) for row in results.light),
    )


def _markdown(rows: Iterable[tuple[str, ...]]) -> str:
    head = ("tool", "submissions", *(column.lower() for column in _COLUMNS))
    ruler = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ruler, *rows))
