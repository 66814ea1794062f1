"""What runs on a worker of the cluster: jobs, in children of one warm parent that the worker holds for a run.

The warm parent is started with the first job, or by `begin`, serves all threads of the worker, and ends with the run,
with the worker, or when nothing has been asked of it for a while, since whoever began the run may have been killed.
"""

from __future__ import annotations

import hashlib
import platform
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import course_utils
from course_utils.errors import CourseError
from course_utils.grading.jobs import Job, Outcome
from course_utils.grading.local import LocalRunner
from course_utils.grading.sandbox import levels

#: A warm parent of which nothing has been asked for so long ends.
IDLE_SECONDS = 120.0


@dataclass(frozen=True)
class Order:
    """What a run asks of every worker.

    Attributes:
        run: names the run; each run has warm parents of its own.
        imports, sandbox, readable: as `LocalRunner` takes them.
        versions: what the worker has to have, as `versions` returned it where the run was begun.
    """

    run: str
    imports: tuple[str, ...]
    sandbox: str
    readable: tuple[str, ...]
    versions: tuple[tuple[str, str], ...]


@dataclass
class _Held:
    """The warm parent of one run, and how many jobs it has now."""

    runner: LocalRunner
    working: int = 0
    timer: threading.Timer | None = field(default=None, repr=False)


_HELD: dict[str, _Held] = {}
_LOCK = threading.Lock()


def versions(imports: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return what has to agree for a notebook to be graded the same: this package, Python, what is imported."""
    named = [name for name in dict.fromkeys(one.split(".")[0] for one in imports) if name != "course_utils"]
    python = ".".join(platform.python_version_tuple()[:2])
    return (("course_utils", _code()), ("Python", python), *((name, _version(name)) for name in named))


def about(order: Order) -> dict[str, str]:
    """Say what keeps this worker from doing the order's jobs (`problem`), and how it confines them (`level`)."""
    try:
        _require_versions(order)
        return {"level": str(levels.choose(order.sandbox)), "problem": ""}
    except CourseError as error:
        return {"level": "", "problem": str(error)}


def cannot(place: str, problem: str) -> str:
    """Return the sentence on a worker that does not do."""
    return f"The worker at {place} cannot grade: {problem.rstrip('.')}; put it right or take it away."


def begin(order: Order) -> None:
    """Start the warm parent; its imports go on by themselves."""
    held = _hold(order)
    held.runner.begin()
    _let_go(order.run)


def do(order: Order, job: Job) -> Outcome:
    """Have the job done. Raises CourseError when this worker cannot do what the order asks for."""
    from distributed import get_worker

    try:
        _require_versions(order)
        held = _hold(order)
        try:
            return held.runner(job)
        finally:
            _let_go(order.run)
    except CourseError as error:
        raise CourseError(cannot(get_worker().address, str(error))) from error


def end(run: str) -> None:
    """End the warm parent of a run, and what it still does."""
    with _LOCK:
        held = _HELD.pop(run, None)
    if held is not None:
        if held.timer is not None:
            held.timer.cancel()
        held.runner.close()


def _hold(order: Order) -> _Held:
    with _LOCK:
        held = _HELD.get(order.run)
        if held is None:
            held = _HELD[order.run] = _Held(LocalRunner(order.imports, order.sandbox, order.readable))
        held.working += 1
        if held.timer is not None:
            held.timer.cancel()
        return held


def _let_go(run: str) -> None:
    with _LOCK:
        held = _HELD.get(run)
        if held is None:  # the run has been ended meanwhile
            return
        held.working -= 1
        if not held.working:
            held.timer = threading.Timer(IDLE_SECONDS, _end_idle, (run, held))
            held.timer.daemon = True
            held.timer.start()


def _end_idle(run: str, held: _Held) -> None:
    with _LOCK:
        if _HELD.get(run) is not held or held.working:
            return
        del _HELD[run]
    held.runner.close()


def _require_versions(order: Order) -> None:
    here = dict(versions(order.imports))
    for name, wanted in order.versions:
        if here.get(name, "") != wanted:
            has = f"has {name} {here[name]}" if here.get(name) else f"has no {name}"
            raise CourseError(f"it {has}, where {wanted or 'none'} is wanted")


@cache
def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


@cache
def _code() -> str:
    """The version of this package, with a fingerprint of its code: a checkout may be ahead of its number."""
    folder = Path(course_utils.__file__).parent
    hashed = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        hashed.update(f"{file.relative_to(folder).as_posix()}\0".encode())
        hashed.update(file.read_bytes())
    return f"{course_utils.__version__} ({hashed.hexdigest()[:12]})"
