"""The page of a class: how the points are spread, where most went wrong and with what, how long it took."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from course_utils.grading.feedback_pages.drawing import Drawing, bars
from course_utils.grading.feedback_pages.student import Page

_MOST_FAILED = 15
_BINS = 10


@dataclass(frozen=True)
class Failed:
    """A step, or a whole test, that students did not pass; `found` is what was found most often, so many times."""

    part: str
    step: str
    count: int
    of: int
    found: str
    found_count: int


@dataclass(frozen=True)
class Row:
    """One line of the table of students; `link` leads to the student's page, where there is one."""

    student: str
    name: str
    notebook: str
    score: float
    most: float
    status: str
    seconds: float
    reason: str
    waiting: bool
    link: str


@dataclass(frozen=True)
class Overview:
    """What stands in the page of a class."""

    assignment: str
    rows: tuple[Row, ...]
    failed: tuple[Failed, ...]
    spread: Drawing | None
    statuses: tuple[tuple[str, int], ...]
    mean: float
    median: float
    most: float
    seconds: tuple[float, float] | None

    @property
    def several(self) -> bool:
        """Whether the assignment has more than one notebook."""
        return len({row.notebook for row in self.rows}) > 1


def make_overview(assignment: str, pages: Sequence[tuple[Page, str]]) -> Overview:
    """Gather a class from its students' pages, each with the address of its file (or "")."""
    rows = [_row(page, link) for page, link in pages]
    graded = [row for row in rows if row.most]
    scores = [row.score for row in graded]
    times = [row.seconds for row in rows if row.seconds]
    return Overview(
        assignment,
        tuple(sorted(rows, key=lambda row: (row.student, row.notebook))),
        _failed([page for page, _ in pages]),
        _spread(graded) if graded else None,
        tuple(Counter(row.status for row in rows).most_common()),
        statistics.fmean(scores) if scores else 0.0,
        statistics.median(scores) if scores else 0.0,
        max((row.most for row in graded), default=0.0),
        (statistics.median(times), max(times)) if times else None,
    )


def _row(page: Page, link: str) -> Row:
    run = page.run
    return Row(
        page.student.id,
        page.student.name,
        page.notebook,
        page.marks.score,
        page.marks.most,
        run.status if run else "graded",
        run.seconds if run else 0.0,
        run.reason if run else "",
        page.marks.waiting,
        link,
    )


def _spread(rows: Iterable[Row]) -> Drawing:
    """How many students have 0 to 10 % of the points, 10 to 20 %, … ; all the points fall into the last."""
    bins = Counter(min(_BINS - 1, int(_BINS * row.score / row.most)) for row in rows)
    edges = [f"{100 * number // _BINS}" for number in range(_BINS + 1)]
    return bars("How the points are spread", [bins[n] for n in range(_BINS)], edges, "percent of the points")


def _failed(pages: Sequence[Page]) -> tuple[Failed, ...]:
    reached: Counter[tuple[str, str]] = Counter()
    found: dict[tuple[str, str], Counter[str]] = {}
    for page in pages:
        for part in page.parts:
            if part.kind != "test":
                continue
            for step in part.steps:
                reached[part.title, step.name] += 1
                if not step.passed:
                    found.setdefault((part.title, step.name), Counter())[step.found] += 1
            if not part.steps:
                reached[part.title, ""] += 1
                if part.state != "passed":
                    found.setdefault((part.title, ""), Counter())[part.failure] += 1
    failed = []
    for (title, step), said in found.items():
        commonest, count = said.most_common(1)[0]
        failed.append(Failed(title, step, said.total(), reached[title, step], commonest, count))
    return tuple(sorted(failed, key=lambda one: (-one.count, one.part, one.step))[:_MOST_FAILED])
