"""`course grade`: a class graded from its submissions to its gradebook.

For honest work the gradebook and the autograded notebooks are those of `nbgrader autograde`, row by row and cell by
cell; a test holds them against each other. The differences, all meant, stand in a table on the page for instructors,
book/reference/instructors.md.
"""

from __future__ import annotations

import contextlib
import functools
import glob
import hashlib
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from traitlets.config import Config

from course_utils.errors import CourseError, UsageError
from course_utils.grading import releases
from course_utils.grading.classrun import ClassRun
from course_utils.grading.course import database, require_assignment
from course_utils.grading.gradebook import ClassGradebook
from course_utils.grading.ledger import Ledger
from course_utils.grading.local import LocalRunner
from course_utils.grading.onecheck import cells_of
from course_utils.grading.preparing import plan, submitted_students, warm_imports
from course_utils.grading.results import OPEN, Graded
from course_utils.grading.runreport import summary, write_report
from course_utils.grading.sandbox import levels
from course_utils.grading.saving import autograded_folder
from course_utils.grading.settings import Settings, load_config, open_course, step_folder
from course_utils.grading.trusted import load_assignment

if TYPE_CHECKING:
    from course_utils.grading.cluster import ClusterRunner


@dataclass(frozen=True)
class ClassGrades:
    """What came of a run.

    Attributes:
        results: one for each notebook of each submission.
        reports: the files that list them all.
        sandbox: the level of confinement, as a sentence.
    """

    results: list[Graded]
    reports: list[Path] = field(default_factory=list)
    sandbox: str = ""

    @property
    def needs_a_person(self) -> bool:
        """Whether any submission was cut short, could not be graded, or met the grader's own trouble."""
        return any(result.status in OPEN for result in self.results)

    def lines(self) -> list[str]:
        """Return a line for each result, for people."""
        several = len({result.notebook for result in self.results}) > 1
        return [result.say(several) for result in self.results]

    def closing_words(self) -> str:
        """Return what was done, where the reports lie, and what to do next."""
        where = " and ".join(str(path) for path in self.reports)
        next_step = (
            "look at those that are partial, ungradable or at fault"
            if self.needs_a_person
            else "course feedback"
        )
        return f"{summary(self.results)} Every one of them with its reason: {where}. Next: {next_step}."


def grade(
    course: Path,
    assignment: str,
    student: str | None = None,
    jobs: int | None = None,
    sandbox: str = "auto",
    force: bool = False,
    check: str | None = None,
    cluster: str | None = None,
) -> ClassGrades:
    """Grade the assignment's submissions, or one student's, into the gradebook of the nbgrader course `course`.

    What was graded before from the same submission and exercise is not graded again, unless `force` is given. With
    `check`, such as "week1.predict" or the name of a test cell, everybody's notebook runs again, and the points of that
    check alone are written; the next run without it grades all of them again. With `cluster`, the address of a Dask
    scheduler, the notebooks run on its workers. Says on the terminal (stderr) which sandbox holds, and shows a
    progress bar.

    Raises CourseError, with the cure, when the whole run cannot begin: no gradebook, no submissions, no class secret.
    """
    console = Console(stderr=True)
    config = load_config(course.resolve())
    imports = warm_imports(config, assignment)
    shown: list[Graded] = []
    students: list[str] = []
    with contextlib.ExitStack() as stack:
        stack.enter_context(_stoppable())
        try:
            runner = stack.enter_context(_runner(cluster, imports, sandbox, config))
            level = runner.level
            console.print(levels.say(level), highlight=False, soft_wrap=True, markup=False)
            progress = stack.enter_context(_progress(console))
            task = progress.add_task("preparing", total=None, rate="")

            def tell(student: str, results: Sequence[Graded]) -> None:
                shown.extend(results)
                speed = progress.tasks[0].finished_speed or progress.tasks[0].speed
                rate = f"{60 * speed:.0f} a minute" if speed else ""
                progress.update(task, advance=1, description=student, rate=rate)

            if force or check or _is_new(config, assignment):
                runner.begin()
            settings = open_course(course, config)
            students += _students(settings, assignment, student)
            hidden = stack.enter_context(autograded_folder(settings))
            ledger = stack.enter_context(Ledger(settings.state))
            if _is_ours(settings):
                _require_release(settings, assignment, ledger)
            book = stack.enter_context(ClassGradebook(settings.directory, settings.late))
            kept = settings.kept.get(assignment, ())
            source = load_assignment(book.book, settings.directory, assignment, kept)
            book.load(assignment)
            made = plan(settings, source, book.lateness())
            progress.update(task, total=len(students))
            workers = _workers(jobs, runner, len(students))
            required = str(level) if sandbox == "require" else ""
            chosen = cells_of(source, check) if check else {}
            again = force or bool(check)
            run = ClassRun(made, book, ledger, runner, hidden, workers, required, again, tell, chosen)
            results = run.grade(students)
            reports = write_report(settings.state / "reports", assignment, results, levels.say(level))
        except KeyboardInterrupt:
            done = len({result.student for result in shown})
            raise CourseError(
                f"Stopped: {done} of {len(students)} submissions are done and kept; "
                "run the same command again to go on."
            ) from None
    return ClassGrades(results, reports, levels.say(level))


def _is_new(config: Config, assignment: str) -> bool:
    """Whether anybody's submission was not graded yet, or came again since: then kernels will surely be needed."""
    place = functools.partial(step_folder, config, assignment=assignment)
    wanted = place("submitted", student="*")
    for folder in map(Path, glob.glob(str(wanted))):
        # The student's name is what stands in the place of the star.
        names = (mine for star, mine in zip(wanted.parts, folder.parts, strict=True) if "*" in star)
        graded = place("autograded", student=next(names, ""))
        if not graded.is_dir() or _last_change(folder) > _last_change(graded):
            return True
    return False


def _last_change(folder: Path) -> float:
    """When a folder or anything right in it was last changed; 0 for none that can be read."""
    with contextlib.suppress(OSError):
        return max(path.lstat().st_mtime for path in (folder, *folder.iterdir()))
    return 0.0


def _students(settings: Settings, assignment: str, student: str | None) -> list[str]:
    """Whose submissions are graded. Raises UsageError or CourseError when there are none."""
    if _is_ours(settings):
        require_assignment(settings.root, assignment)
    students = submitted_students(settings, assignment)
    where = settings.directory.submitted_directory
    if student is not None and student not in students:
        raise UsageError(
            f"There is no submission of {student!r} for {assignment} in {settings.root / where}."
        )
    if not students:
        cure = "course collect INBOX" if _is_ours(settings) else "nbgrader collect"
        raise CourseError(
            f"There are no submissions for {assignment} in {settings.root / where}: run `{cure}` first."
        )
    return students if student is None else [student]


def _is_ours(settings: Settings) -> bool:
    """Whether `course release` makes this course's releases: then it is checked that they are what it makes."""
    directory = settings.directory
    return (directory.source_directory, directory.release_directory) == ("solutions", "exercises")


def _require_release(settings: Settings, assignment: str, ledger: Ledger) -> None:
    """Enter the assignment into the gradebook, unless nothing has changed since; refuse a release that is stale."""
    now = _release_fingerprint(settings, assignment)
    if ledger.released(assignment) == now and database(settings.directory).is_file():
        return
    if releases.register(settings.root, assignment):
        raise CourseError(
            f"exercises/{assignment} is not what solutions/{assignment} makes: run `course release`."
        )
    ledger.keep_released(assignment, _release_fingerprint(settings, assignment))


def _release_fingerprint(settings: Settings, assignment: str) -> str:
    """Of everything that the release is made of and from, and of which gradebook it was entered into."""
    hashed = hashlib.sha256()
    for folder in ("solutions", "exercises"):
        for file in sorted((settings.root / folder / assignment).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                hashed.update(f"{file}\0".encode())
                hashed.update(hashlib.sha256(file.read_bytes()).digest())
    for file in (settings.root / "nbgrader_config.py", releases.visible_cases(settings.root, assignment)):
        hashed.update(file.read_bytes() if file.is_file() else b"\0")
    path = database(settings.directory)
    about = path.stat() if path.is_file() else None
    hashed.update(repr((about.st_dev, about.st_ino) if about else None).encode())
    return hashed.hexdigest()


def _runner(
    cluster: str | None, imports: Sequence[str], sandbox: str, config: Config
) -> LocalRunner | ClusterRunner:
    """What has jobs done: this machine, or the workers of a cluster."""
    readable = config.CourseGrade.get("readable", ())
    if cluster is None:
        return LocalRunner(imports, sandbox, readable)
    from course_utils.grading.cluster import ClusterRunner

    return ClusterRunner(cluster, imports, sandbox, readable)


def _workers(jobs: int | None, runner: LocalRunner | ClusterRunner, students: int) -> int:
    """How many submissions are in work at once: as asked, else as many as the runner is good for."""
    if jobs is not None and jobs < 1:
        raise UsageError("--jobs is a number from 1.")
    return min(runner.slots if jobs is None else jobs, students)


def _progress(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True)


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let a polite end of the process (SIGTERM, a closed terminal) be the same as Ctrl-C: everything is cleared."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    kinds = [signal.SIGTERM, signal.SIGHUP]
    try:
        before = {kind: signal.signal(kind, stop) for kind in kinds}
    except ValueError:  # not the main thread: whoever runs it deals with signals
        yield
        return
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
