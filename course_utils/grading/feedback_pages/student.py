"""What stands in the feedback of one student for one notebook, as plain things that the template lays out."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from course_utils.checks.judging import Step
from course_utils.checks.report import Report, link
from course_utils.grading.feedback_pages import cells
from course_utils.grading.feedback_pages.cells import Output
from course_utils.grading.feedback_pages.drawing import Drawing, draw
from course_utils.grading.marks import CellMark, NotebookMarks, StudentMarks
from course_utils.grading.records import Run, read_reports, read_run
from course_utils.grading.regions import Regions

_NOTHING = Markup("")
ON_VISIBLE = "on the inputs in the notebook"
ON_HIDDEN = "on inputs that you do not see"
_SANDBOXES = {
    "bubblewrap": "shut off from the network and from all other files (bubblewrap)",
    "landlock": "shut off from all other files (Landlock)",
    "limits": "with limits on time and memory alone",
    "off": "without a sandbox",
}


@dataclass(frozen=True)
class ShownStep:
    """One step of a check: where it was found wrong is said only where it was."""

    name: str
    points: float
    earned: float
    passed: bool
    where: str = ""
    expected: str = ""
    found: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Chapter:
    """Where to read again: words, and an address where the site's is known."""

    words: str
    address: str = ""


@dataclass(frozen=True)
class Part:
    """One cell that brings points.

    Attributes:
        steps: the verdicts of a check of `course_utils.checks`; empty for other cells.
        failure: of an ordinary test, why it stopped; `test` is its source as students have it.
        printed: what an ordinary test, or a check under plain nbgrader, printed.
    """

    anchor: str
    title: str
    kind: str
    mark: CellMark
    steps: tuple[ShownStep, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    failure: str = ""
    test: str = ""
    printed: str = ""
    #: Whether what it printed is its verdict, and not something beside it.
    telling: bool = False
    comment: Markup = _NOTHING

    @property
    def state(self) -> str:
        """In a word or two: how it went."""
        if self.mark.waiting and not self.mark.by_hand and self.kind != "test":
            return "not marked yet"
        if self.mark.score >= self.mark.most:
            return "passed"
        return "partly" if self.mark.score > 0 else "not passed"


@dataclass(frozen=True)
class ShownCell:
    """One cell of the notebook: `text` is Markdown made safe, `source` is code. `anchor` names its verdict."""

    number: int
    kind: str
    text: Markup = _NOTHING
    source: str = ""
    outputs: tuple[Output, ...] = ()
    anchor: str = ""


@dataclass(frozen=True)
class Remark:
    """What a person, or nbgrader, wrote about an answer that brings no points itself, and where the answer stands."""

    title: str
    place: str
    comment: Markup


@dataclass(frozen=True)
class Page:
    """The feedback of one student for one notebook."""

    assignment: str
    notebook: str
    student: StudentMarks
    marks: NotebookMarks
    run: Run | None
    parts: tuple[Part, ...] = ()
    cells: tuple[ShownCell, ...] = ()
    remarks: tuple[Remark, ...] = ()
    failing: Chapter | None = None

    @property
    def share(self) -> float:
        """The percentage of the points."""
        return round(100 * min(1.0, self.marks.score / self.marks.most), 1) if self.marks.most else 0.0

    @property
    def verdict(self) -> str:
        """What it means when the notebook was not graded."""
        before = (
            " The points are those of an earlier submission, until a person decides."
            if self.marks.earned
            else ""
        )
        said = {
            "ungradable": "What you handed in could not be graded.",
            "missing": "Nothing was handed in for this notebook.",
            "fault": "The grader failed, not you: a person will look at it.",
        }
        return said.get(self.run.status if self.run else "", "") + before

    @property
    def how(self) -> str:
        """How the notebook was run, in words. Not how long: that could tell something of hidden inputs."""
        return _SANDBOXES.get(self.run.sandbox if self.run else "", "not known")

    @property
    def late(self) -> str:
        """By how much it came after the due date, in words; empty when it did not."""
        came, due = self.student.came, self.student.due
        return _how_long(came - due) if came and due and came > due else ""


def make_page(
    assignment: str,
    notebook: str,
    student: StudentMarks,
    graded: Mapping[str, Any] | None,
    regions: Regions,
    run: Run | None = None,
) -> Page:
    """Lay out the feedback. `graded` is the autograded notebook, None where there is none; `run` how it went."""
    marks = student.notebooks.get(notebook, NotebookMarks())
    run = run or read_run(graded)
    nodes = graded.get("cells") if graded else None
    nodes = [node for node in nodes if isinstance(node, Mapping)] if isinstance(nodes, list) else []
    parts, shown, remarks, failing = [], [], [], None
    for number, node in enumerate(nodes, 1):
        about = _about(node)
        name = about.get("grade_id")
        mark = marks.cells.get(name) if isinstance(name, str) else None
        part = (
            _part(len(parts) + 1, str(name), node, about, mark, marks, regions) if mark is not None else None
        )
        if part is not None:
            parts.append(part)
        elif about.get("solution") and marks.comments.get(name):
            remarks.append(Remark(_titled(name), f"cell-{number}", cells.prose(marks.comments[name])))
        if run and run.failing and name == run.failing:
            failing = Chapter(
                part.title if part else _titled(name), part.anchor if part else f"cell-{number}"
            )
        shown.append(_shown(number, node, about, part))
    return Page(
        assignment, notebook, student, marks, run, tuple(parts), tuple(shown), tuple(remarks), failing
    )


def merged(reports: Sequence[Report]) -> Iterator[tuple[Report, list[ShownStep]]]:
    """Yield each check once, with its steps as they count: those on hidden inputs where there are such.

    A step that is wrong on the visible inputs already is told with these, for there values may be said.
    """
    by_name: dict[str, list[Report]] = {}
    for report in reports:
        by_name.setdefault(report.name, []).append(report)
    for several in by_name.values():
        visible = next((report for report in several if not report.hidden), None)
        counts = next((report for report in several if report.hidden), several[-1])
        seen = {step.name: step for step in visible.steps} if visible else {}
        yield visible or counts, [_step(step, seen.get(step.name), counts.hidden) for step in counts.steps]


def _step(step: Step, seen: Step | None, hidden: bool) -> ShownStep:
    if step.passed:
        return ShownStep(step.name, step.points, step.earned, True, "", step.expected if not hidden else "")
    told = seen if seen is not None and not seen.passed else step
    where = ON_HIDDEN if hidden and told is step else ON_VISIBLE
    return ShownStep(step.name, step.points, step.earned, False, where, told.expected, told.found, told.hint)


def _about(node: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = node.get("metadata")
    about = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    return about if isinstance(about, Mapping) else {}


def _part(
    number: int,
    name: str,
    node: Mapping[str, Any],
    about: Mapping[str, Any],
    mark: CellMark,
    marks: NotebookMarks,
    regions: Regions,
) -> Part:
    anchor = f"part-{number}"
    if about.get("solution") or about.get("task") or node.get("cell_type") != "code":
        comment = cells.prose(marks.comments.get(name, ""))
        kind = "task" if about.get("task") else "answer"
        return Part(anchor, _titled(name), kind, mark, comment=comment)
    reports = read_reports(node)
    if not reports:
        source = cells.text_of(node.get("source"))
        secret = regions.hides(source) and not _checks_alone(source)
        return Part(
            anchor,
            _titled(name),
            "test",
            mark,
            failure=cells.test_failure(node, regions),
            test="" if _checks_alone(source) else regions.visible(source),
            printed="" if secret else cells.printed(node),
            telling=_checks_alone(source),
        )
    together = list(merged(reports))
    return Part(
        anchor,
        " and ".join(dict.fromkeys(report.title for report, _ in together)),
        "test",
        mark,
        tuple(step for _, steps in together for step in steps),
        tuple(draw(report.chart) for report in reports if report.chart and report.chart.curves),
        tuple(dict.fromkeys(_chapter(report.chapter) for report, _ in together if report.chapter)),
    )


def _shown(number: int, node: Mapping[str, Any], about: Mapping[str, Any], part: Part | None) -> ShownCell:
    anchor = part.anchor if part else ""
    if node.get("cell_type") != "code":
        return ShownCell(number, "text", cells.prose(cells.text_of(node.get("source"))), anchor=anchor)
    if about.get("grade") and not about.get("solution"):
        # A test: its verdict stands above, and its source may hold hidden tests.
        return ShownCell(number, "test", anchor=anchor)
    return ShownCell(
        number,
        "code",
        source=cells.plain(node.get("source")),
        outputs=tuple(cells.outputs(node)),
        anchor=anchor,
    )


def _checks_alone(source: str) -> bool:
    """Whether a test cell calls our checks and does nothing else: then it quotes no hidden value."""
    lines = [
        line.strip() for line in source.splitlines() if line.strip() and not line.strip().startswith("#")
    ]
    return bool(lines) and all(
        re.fullmatch(
            r'(hidden_)?check\("[\w.-]+", globals\(\)\)|from course_utils\.checks import [\w, ]+', line
        )
        for line in lines
    )


def _titled(name: str) -> str:
    """A cell's grade_id as a title: nbgrader's own names are long numbers that say nothing."""
    return "Question" if re.fullmatch(r"cell-[0-9a-f]{6,}", name) else cells.plain(name, 100)


def _chapter(chapter: str) -> Chapter:
    place = link(chapter)
    page, _, section = chapter.partition("#")
    words = (section or page.rpartition("/")[2]).replace("-", " ")
    words = words[:1].upper() + words[1:]
    return (
        Chapter(f"{words} ({page})", place) if re.match(r"https?://", place) else Chapter(f"{words} ({page})")
    )


def _how_long(time: datetime.timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    parts = ((minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute"))
    said = [f"{count} {unit}{'s' if count != 1 else ''}" for count, unit in parts if count][:2]
    return " and ".join(said) or "less than a minute"
