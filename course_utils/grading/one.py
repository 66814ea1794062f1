"""One submission, from what was handed in to what goes into the gradebook and the autograded folder.

Nothing here writes: that is done by one writer, for all (see `classrun`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from course_utils.grading.assembling import assemble
from course_utils.grading.gradebook import Marks
from course_utils.grading.jobs import Job, Kind, Outcome, Ran
from course_utils.grading.preparing import Plan, Submission
from course_utils.grading.rebuild import Rebuilt, RebuiltCell
from course_utils.grading.records import Run
from course_utils.grading.results import Graded, Status
from course_utils.grading.running.verdicts import Verdict, judge

#: nbgrader's own comment on an answer that is as it was given out.
NO_RESPONSE = "No response."


@dataclass(frozen=True)
class Done:
    """What came of one submission.

    Attributes:
        results: one for each notebook; scores are filled in when they are in the gradebook.
        marks: what goes into the gradebook; nothing for a submission of which nothing was handed in at all.
        files: the autograded folder: notebooks, what lies beside them, the time stamp.
        carried: notebooks whose earlier autograded version stays.
        settled: nothing has changed since it was graded, and nothing is to be written.
    """

    submission: Submission
    results: tuple[Graded, ...]
    marks: tuple[Marks, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    carried: tuple[str, ...] = ()
    settled: bool = False


def grade_submission(plan: Plan, submission: Submission, run: Callable[[Job], Outcome]) -> Done:
    """Run and judge the notebooks of a submission. `run` has a job done somewhere: here, or on another machine."""
    results, marks, carried = [], [], []
    files: dict[str, bytes] = {}
    for ready in submission.notebooks:
        result = Graded(
            submission.student, ready.name, None, ready.max_score, Status.MISSING, flags=ready.flags
        )
        if ready.job is not None and ready.rebuilt is not None:
            outcome = run(ready.job)
            if outcome.ran is Ran.FAULT:
                reason = outcome.reason or "the run failed for a reason of the grader's own"
                result = replace(result, status=Status.FAULT, sandbox=outcome.sandbox, reason=reason)
                carried.append(ready.name)
            else:
                result, scores, notebook = _judged(plan, result, ready.job, ready.rebuilt, outcome)
                marks.append(scores)
                files[f"{ready.name}.ipynb"] = notebook
        elif ready.fault:
            result = replace(result, status=Status.FAULT, reason=ready.fault)
            carried.append(ready.name)
        elif ready.problem:
            result = replace(result, status=Status.UNGRADABLE, reason=ready.problem)
            marks.append(Marks(ready.name, state="ungradable"))
            carried.append(ready.name)
        else:
            result = replace(result, reason="nothing was handed in for it")
            marks.append(Marks(ready.name, state="missing"))
        results.append(result)
    if files:
        files = {**submission.files, **files}
        if submission.time_text is not None:
            files["timestamp.txt"] = submission.time_text
    return Done(submission, tuple(results), tuple(marks), files, tuple(carried) if files else ())


def _judged(
    plan: Plan, result: Graded, job: Job, rebuilt: Rebuilt, outcome: Outcome
) -> tuple[Graded, Marks, bytes]:
    points = {cell.name: cell.points for cell in rebuilt.trusted.cells if cell.points is not None}
    verdicts = judge(job, outcome, points, plan.cases)
    status = Status.GRADED if outcome.ran in (Ran.OK, Ran.ERROR) else Status.PARTIAL
    result = replace(
        result,
        status=status,
        sandbox=outcome.sandbox,
        seconds=round(outcome.seconds, 2),
        # A cell that took too long, and then yielded, is named as well.
        reason=outcome.reason,
    )
    run = Run(
        str(status),
        outcome.sandbox,
        round(outcome.seconds, 3),
        round(outcome.cpu_seconds, 3),
        outcome.peak_memory,
        result.reason,
        outcome.failing,
        result.flags,
    )
    saved = assemble(rebuilt, outcome, verdicts, run, plan.settings)
    return result, _marks(rebuilt, verdicts), saved


def _marks(rebuilt: Rebuilt, verdicts: Mapping[str, Verdict]) -> Marks:
    scores: dict[str, float | None] = {}
    comments: dict[str, str | None] = {}
    for cell in rebuilt.cells:
        trusted = cell.trusted
        if trusted is None:
            continue
        blank = _is_blank(cell)
        if trusted.grade:
            scores[cell.id] = _score(cell, blank, verdicts)
        if trusted.task:
            comments[cell.id] = None
        elif trusted.solution:
            comments[cell.id] = NO_RESPONSE if blank else None
    return Marks(rebuilt.trusted.name, scores, comments)


def _score(cell: RebuiltCell, blank: bool, verdicts: Mapping[str, Verdict]) -> float | None:
    """As nbgrader's `determine_grade`: an answer with points of its own is for a person, unless it is blank."""
    if cell.run in (Kind.CHECK, Kind.TEST):
        verdict = verdicts.get(cell.id)
        return verdict.score if verdict is not None else 0.0
    return 0.0 if blank else None


def _is_blank(cell: RebuiltCell) -> bool:
    """Whether an answer was not handed in, or is still what was given out: nbgrader's checksum says so."""
    from nbformat import from_dict
    from nbgrader.utils import compute_checksum

    trusted = cell.trusted
    if trusted is None or not trusted.answer:
        return False
    made = from_dict({"cell_type": cell.kind, "source": cell.source, "metadata": trusted.metadata()})
    return cell.missing or (trusted.checksum is not None and compute_checksum(made) == trusted.checksum)
