"""The three tools, each as an instructor would start it, on a class that lies ready."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from course_utils.bench.grading.classes import Exercise
from course_utils.bench.grading.running import Used, together, used
from course_utils.errors import CourseError

NBGRADER, OTTER, OURS = "nbgrader autograde", "otter run", "course grade"
_WARM_UP = "warm-up"
_SECRET = "a fixed secret for measuring"
#: A test of Otter's: the code of the exercise's own test cell, which passes when it earns all points.
_OTTER_TEST = """import ast

from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points!r}
SOURCE = {source!r}


@test_case()
def test(env):
    tree = ast.parse(SOURCE)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), env)
    if last is not None:
        assert eval(compile(ast.Expression(last.value), name, "eval"), env) >= points
"""


@dataclass(frozen=True)
class Programs:
    """Where the programs of each environment lie: `course` and `nbgrader` in one, `otter` in the other."""

    grading: Path
    otter: Path | None = None


@dataclass(frozen=True)
class Few:
    """What grading a class of one student a job took: as `Row`."""

    students: int
    wall: float
    cells: float | None


@dataclass(frozen=True)
class Row:
    """What grading a class once with one tool took.

    Attributes:
        jobs: submissions at once.
        wall, cpu: in seconds.
        memory: bytes, of all processes together, at their most.
        cells: seconds that the students' cells took, all submissions together, where the tool says so.
        scores: points of each student, in order.
        few: the same with a class so small that the run's start is most of it.
    """

    exercise: str
    tool: str
    jobs: int
    students: int
    wall: float
    cpu: float
    memory: int
    cells: float | None
    scores: tuple[float, ...]
    few: Few | None = None

    @property
    def each(self) -> float:
        """Seconds of wall time a submission."""
        return self.wall / self.students


class Hall:
    """A course with one exercise, entered and graded once for one student, from which classes are copied."""

    def __init__(self, course: Path, exercise: Exercise, programs: Programs) -> None:
        """Enter the exercise into the gradebook, and have each of nbgrader and `course grade` run once."""
        self._course, self.exercise, self._programs = course, exercise, programs
        if not (course / exercise.released / exercise.name).is_dir():
            self._nbgrader(course, "generate_assignment", exercise.name)
        exercise.hand_in(course, [_WARM_UP])
        self._grade(course, 1)
        self._nbgrader(course, "autograde", exercise.name)
        shutil.rmtree(course / exercise.submitted / _WARM_UP)

    def measure(self, tool: str, jobs: int, students: int) -> Row:
        """Have a class graded, in a copy of the course that is removed again."""
        names = [f"student{number:04}" for number in range(students)]
        copied = self._course.with_name("class")
        shutil.rmtree(copied, ignore_errors=True)
        shutil.copytree(self._course, copied)
        self.exercise.hand_in(copied, names)
        try:
            cells = None
            if tool == NBGRADER:
                took = self._nbgrader(copied, "autograde", self.exercise.name)
                scores = self._scores(copied, names)
            elif tool == OURS:
                took = self._grade(copied, jobs)
                cells = sum(json.loads(line)["seconds"] for line in took.said.splitlines())
                scores = self._scores(copied, names)
            else:
                took, scores = self._otter(copied, names)
            return Row(
                self.exercise.name, tool, jobs, students, took.wall, took.cpu, took.memory, cells, scores
            )
        finally:
            shutil.rmtree(copied)

    def _grade(self, course: Path, jobs: int) -> Used:
        command = [self._programs.grading / "course", "grade", self.exercise.name, "--json"]
        options = ["--course-dir", course, "--jobs", jobs]
        return used([*map(str, command), *map(str, options)], course, self._environment(course))

    def _nbgrader(self, course: Path, *arguments: str) -> Used:
        command = [str(self._programs.grading / "python"), "-m", "nbgrader", *arguments]
        return used(command, course, self._environment(course))

    def _otter(self, course: Path, names: Sequence[str]) -> tuple[Used, tuple[float, ...]]:
        """Otter's own way for many submissions needs containers; without them it is a command for each."""
        assert self._programs.otter is not None
        tests, parts, scores = self._otter_tests(course), [], []
        environment = self._environment(course, self._programs.otter)
        for name in names:
            handed_in = _without_tests(
                self.exercise.handed_in(course, name), set(self.exercise.tests(course))
            )
            command = [
                self._programs.otter / "otter",
                "run",
                "--no-logo",
                "-a",
                tests,
                "-o",
                course,
                handed_in,
            ]
            parts.append(used([str(part) for part in command], course, environment))
            results = json.loads((course / "results.json").read_text(encoding="utf-8"))
            scores.append(sum(float(one.get("score", 0)) for one in results["tests"]))
        return together(parts), tuple(scores)

    def _otter_tests(self, course: Path) -> Path:
        path = course / "autograder.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, (points, source) in self.exercise.tests(course).items():
                test = _OTTER_TEST.format(name=name, points=points, source=source)
                archive.writestr(f"tests/{name}.py", test)
        return path

    def _scores(self, course: Path, names: Sequence[str]) -> tuple[float, ...]:
        """The students' points in the gradebook: SQL, so that this needs no nbgrader of its own."""
        (path,) = [*course.glob("gradebook.db"), *course.glob("class/gradebook.db")]
        question = (
            "select submitted_assignment.student_id, sum(coalesce(grade.manual_score, grade.auto_score, 0)) "
            "from grade join submitted_notebook on grade.notebook_id = submitted_notebook.id "
            "join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id "
            "group by submitted_assignment.student_id"
        )
        with contextlib.closing(sqlite3.connect(path)) as book:
            found = dict(book.execute(question).fetchall())
        missing = [name for name in names if name not in found]
        if missing:
            raise CourseError(
                f"{len(missing)} of {len(names)} students got no grade, {missing[0]} among them."
            )
        return tuple(float(found[name]) for name in names)

    def _environment(self, course: Path, programs: Path | None = None) -> dict[str, str]:
        """The variables of the tools: nothing of the user's own settings."""
        own = ("COURSE_", "NBGRADER_", "PYTHON", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        settings = course.with_name("settings")
        return kept | {
            "PATH": f"{programs or self._programs.grading}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "COURSE_CLASS_SECRET": _SECRET,
            "COURSE_DIR": str(course),
            "XDG_CONFIG_HOME": str(settings),
            "JUPYTER_CONFIG_DIR": str(settings / "jupyter"),
            "IPYTHONDIR": str(settings / "ipython"),
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }


def _without_tests(path: Path, names: set[str]) -> Path:
    """The notebook without nbgrader's test cells, whose place Otter's own tests take; beside the original."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"] = [
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") not in names
    ]
    bare = path.with_name(f"otter-{path.name}")
    bare.write_text(json.dumps(notebook), encoding="utf-8")
    return bare
