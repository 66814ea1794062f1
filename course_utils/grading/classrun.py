"""Grade a class: read, run, judge, write; in parallel, and so that a run that was killed can simply be started again.

Threads take one submission each: they read it, have its notebooks run in processes of their own, and judge. One writer
takes what they found, in three steps: the autograded folder is put in place, the gradebook gets all rows of the
submission in one transaction, and the ledger remembers it. Killed before the last step, the submission is graded
again, and the same is written again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

from course_utils.errors import CourseError
from course_utils.grading.gradebook import ClassGradebook, Marks, Standing
from course_utils.grading.jobs import Job, Outcome
from course_utils.grading.ledger import Entry, Ledger
from course_utils.grading.one import Done, grade_submission
from course_utils.grading.onecheck import Chosen, limited
from course_utils.grading.preparing import Plan, Submission, read
from course_utils.grading.results import Graded, Status
from course_utils.grading.saving import autograded, put_in_place, stage

#: Is told the results of each student, as they come.
Tell = Callable[[str, Sequence[Graded]], None]
_Standings = Mapping[tuple[str, str], Standing]


@dataclass
class ClassRun:
    """One run over an assignment.

    Attributes:
        run: has a job done and returns what came of it; called from `workers` threads at once.
        hidden: the folder in which autograded folders are written before they are put in place.
        required: the level of the sandbox that a grade must have had to count as done before; empty for any.
        force: grade what has not changed as well.
        chosen: the cells whose points are written, by notebook, when a check is graded again; else all are.
    """

    plan: Plan
    book: ClassGradebook
    ledger: Ledger
    run: Callable[[Job], Outcome]
    hidden: Path
    workers: int = 1
    required: str = ""
    force: bool = False
    tell: Tell = lambda student, results: None
    chosen: Chosen = field(default_factory=dict)
    _results: dict[str, tuple[Graded, ...]] = field(default_factory=dict)

    def grade(self, students: Sequence[str]) -> list[Graded]:
        """Grade the submissions of `students`; return one result a notebook, in their order."""
        standings = self.book.standings()
        entries = {} if self.force else self.ledger.entries(self.plan.assignment.name)
        with self._pool() as pool:
            working: dict[Future[Done], str] = {}
            for student in students:
                working[pool.submit(self._work, student, entries.get(student), standings)] = student
                if len(working) > 2 * self.workers:  # so that few submissions are in memory at once
                    self._write_some(working, standings)
            while working:
                self._write_some(working, standings)
        return [result for student in students for result in self._results[student]]

    @contextlib.contextmanager
    def _pool(self) -> Iterator[ThreadPoolExecutor]:
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="grade")
        try:
            yield pool
        except BaseException:
            # Whoever stops the run also ends the processes that the threads wait for.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()

    def _work(self, student: str, entry: Entry | None, standings: _Standings) -> Done:
        """In a thread: all of one submission but the writing."""
        try:
            submission = read(self.plan, student)
            done = self._as_before(submission, entry, standings)
            return done or grade_submission(self.plan, submission, self.run)
        except CourseError:  # nothing can run: no warm parent
            raise
        except Exception as error:  # noqa: BLE001 - one submission must not end the grading of the others
            reason = f"{type(error).__name__}: {error}"[:300]
            notebooks = self.plan.assignment.notebooks
            results = [
                Graded(student, one.name, None, one.max_score, Status.FAULT, reason=reason)
                for one in notebooks
            ]
            return Done(Submission(student, "", ()), tuple(results))

    def _as_before(self, submission: Submission, entry: Entry | None, standings: _Standings) -> Done | None:
        """The results of an earlier run, if they still hold: same submission, same exercise, same gradebook."""
        if entry is None or entry.fingerprint != submission.fingerprint:
            return None
        folder = autograded(self.plan.settings, submission.student, self.plan.assignment.name)
        results = []
        for kept in entry.results:
            result = Graded.from_dict(kept["result"])
            standing = standings.get((submission.student, result.notebook))
            if standing is None or [standing.submission, standing.digest] != kept["standing"]:
                return None
            ran = (result.earlier or result.status) in (Status.GRADED, Status.PARTIAL)
            if ran and not (folder / f"{result.notebook}.ipynb").is_file():
                return None
            if ran and self.required and result.sandbox != self.required:
                return None
            open_still = result.status is Status.UNGRADABLE and standing.open
            if result.status is not Status.MISSING and not open_still:
                result = result.unchanged(standing.score)
            results.append(result)
        return Done(submission, tuple(results), settled=True)

    def _write_some(self, working: dict[Future[Done], str], standings: _Standings) -> None:
        finished, _ = wait(working, return_when=FIRST_COMPLETED)
        for future in finished:
            student = working.pop(future)
            self._results[student] = self._write(future.result(), standings)
            self.tell(student, self._results[student])

    def _write(self, done: Done, standings: _Standings) -> tuple[Graded, ...]:
        """Put a submission's grades where they belong; return its results with the scores that count now."""
        if done.settled:
            return done.results
        student, assignment = done.submission.student, self.plan.assignment.name
        before = {name: standing for (who, name), standing in standings.items() if who == student}
        if done.submission.empty:
            if not before:
                return done.results  # as under nbgrader, an empty folder is no submission
            done = _emptied(done)
        if not self.plan.settings.create_students and student not in self.book.students():
            done = _unknown(done)
        if self.chosen:
            done = limited(done, self.chosen, autograded(self.plan.settings, student, assignment))
        if not done.marks:
            return tuple(_scored(result, {}, before.get(result.notebook)) for result in done.results)
        if done.files:
            target = autograded(self.plan.settings, student, assignment)
            names = [f"{name}.ipynb" for name in done.carried]
            carried = {name: target / name for name in names if (target / name).is_file()}
            put_in_place(stage(self.hidden, self.plan.settings, done.files, carried), target)
        now = self.book.write(student, done.submission.timestamp, done.marks)
        results = tuple(_scored(result, now, before.get(result.notebook)) for result in done.results)
        if self.chosen or any(result.status is Status.FAULT for result in results):
            self.ledger.forget(assignment, student)
        else:
            kept = tuple(
                {
                    "result": result.as_dict(),
                    "standing": [now[result.notebook].submission, now[result.notebook].digest],
                }
                for result in results
            )
            self.ledger.keep(assignment, student, Entry(done.submission.fingerprint, kept))
        return results


def _emptied(done: Done) -> Done:
    """A folder that is empty now, of somebody who was graded before: the grade stays until a person decides."""
    reason = "the folder is empty, though it held a submission before"
    results = tuple(replace(one, status=Status.UNGRADABLE, reason=reason) for one in done.results)
    marks = tuple(Marks(one.notebook, state="ungradable") for one in done.results)
    return replace(done, results=results, marks=marks)


def _unknown(done: Done) -> Done:
    reason = "the gradebook does not know this student, and Autograde.create_student is off"
    results = tuple(replace(one, status=Status.UNGRADABLE, reason=reason) for one in done.results)
    return replace(done, results=results, marks=())


def _scored(result: Graded, now: Mapping[str, Standing], before: Standing | None) -> Graded:
    earlier = before.score if before is not None and before.graded else None
    if result.notebook not in now:
        return replace(result, before=earlier)
    standing = now[result.notebook]
    if result.status is Status.UNGRADABLE:
        return replace(result, before=earlier)
    return replace(result, score=standing.score, before=earlier)
