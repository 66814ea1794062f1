"""The side of a cluster that asks: jobs are handed to Dask's scheduler, and outcomes are taken from it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from course_utils.errors import CourseError, UsageError
from course_utils.grading.cluster import worker
from course_utils.grading.jobs import CellOutcome, Job, Outcome, Ran
from course_utils.grading.sandbox.levels import Level

if TYPE_CHECKING:
    from distributed import Client, Scheduler

#: A job whose worker died is given to another, so often at most.
MOVES = 2
CONNECT_SECONDS = 10.0
#: How long a run waits for a worker where none is left: one may be on its way.
PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 5.0
_LOOKS = 500


class ClusterRunner:
    """Call it with a job to have it done by some worker. A context manager; may be called from several threads.

    Attributes:
        level: the least that confines students' code on any of the workers.
        slots: how many jobs to ask for at once: one for each thread of the workers, and some that wait there.
    """

    def __init__(
        self, address: str, imports: Sequence[str], sandbox: str, readable: Sequence[str] = ()
    ) -> None:
        """Connect, and make sure that every worker can do the jobs.

        Args:
            address: of Dask's scheduler, such as tcp://10.0.0.1:8786.
            imports: what the workers' warm parents import.
            sandbox: "auto", "require" or "off"; what a worker can do is found out there.
            readable: folders on the workers that students' code may read, beside those of the data sets.

        Raises:
            CourseError: the scheduler does not answer, there are no workers, or one of them cannot do what is asked.
        """
        self._address = address
        self._order = worker.Order(
            f"course-grade-{uuid.uuid4().hex[:12]}",
            tuple(imports),
            sandbox,
            tuple(readable),
            worker.versions(imports),
        )
        self._closed = False
        self._client = _connected(address)
        try:
            self.level = self._least_level()
            threads = sum(self._client.nthreads().values())
            self.slots = threads + max(2, threads // 4)
        except BaseException:
            self._client.close()
            raise

    def _least_level(self) -> Level:
        """The least level of confinement among the workers. Raises CourseError for a worker that will not do."""
        with self._understood():
            with contextlib.suppress(TimeoutError):
                self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
            if not self._client.nthreads():
                raise CourseError(
                    f"The Dask cluster at {self._address} has no workers: start some with "
                    f"`dask worker {self._address}`, with course_utils installed."
                )
            # The scheduler has to know what it passes on.
            self._client.run_on_scheduler(worker.versions, self._order.imports)
            found: Mapping[str, dict[str, str]] = self._client.run(worker.about, self._order)
        for place, said in found.items():
            if said["problem"]:
                raise CourseError(worker.cannot(place, said["problem"]))
        return max((Level(said["level"]) for said in found.values()), key=list(Level).index)

    def begin(self) -> None:
        """Have the workers start their warm parents; their imports go on beside whatever the caller does."""
        with self._understood():
            self._client.run(worker.begin, self._order)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closed = True
        # With the scheduler gone, the workers end what they hold by themselves.
        with contextlib.suppress(Exception):
            if self._client.status == "running":
                self._client.run(worker.end, self._order.run, on_error="ignore")
        self._client.close()

    def __call__(self, job: Job) -> Outcome:
        """Have the job done. When the workers that have it die three times, that is the grader's own trouble.

        Raises:
            CourseError: the scheduler is gone, no worker is left, or one has joined that cannot do what is asked.
        """
        from distributed import KilledWorker

        key = f"{self._order.run}-{uuid.uuid4().hex}"
        with self._understood():
            future = self._client.submit(worker.do, self._order, job, key=key, pure=False)
            self._client.run_on_scheduler(_allow_moves, key, MOVES)
            try:
                return self._wait(future)
            except KilledWorker as killed:
                last = getattr(killed.last_worker, "address", "")
                return _fault(job, f"each of the {MOVES + 1} workers that had it died, the last at {last}")
            finally:
                future.release()

    def _wait(self, future: Any) -> Outcome:
        """Wait for an outcome, as long as there are workers to bring it."""
        waited = 0.0
        while True:
            try:
                return future.result(timeout=_LOOK_SECONDS)
            except TimeoutError:
                waited = 0.0 if self._client.nthreads() else waited + _LOOK_SECONDS
            if waited >= PATIENCE_SECONDS:
                raise CourseError(
                    f"No worker is left in the Dask cluster at {self._address}: start some and run the same command "
                    "again; what is graded is kept."
                )

    @contextlib.contextmanager
    def _understood(self) -> Iterator[None]:
        """Turn what Dask raises into a sentence."""
        try:
            yield
        except ModuleNotFoundError as error:
            raise CourseError(
                f"The Dask cluster at {self._address} has no {error.name}: install the same course_utils, with its "
                "extra `cluster`, on the scheduler's machine and on every worker's."
            ) from error
        except (CancelledError, OSError) as error:
            raise CourseError(
                f"The Dask scheduler at {self._address} is gone: start it and run the same command again; what is "
                "graded is kept."
            ) from error


def _connected(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        raise CourseError('Dask is not installed: run `pip install "course_utils[cluster]"`.') from None
    # What matters is raised, and said in a sentence.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="course grade")
    except (ValueError, TypeError) as error:
        raise UsageError(f"--cluster {address} is no address: it is like tcp://10.0.0.1:8786.") from error
    except OSError as error:
        raise CourseError(
            f"No Dask scheduler answers at {address}: start one with `dask scheduler`, or leave --cluster out."
        ) from error


async def _allow_moves(key: str, moves: int, dask_scheduler: Scheduler) -> None:
    """On the scheduler: let a task go to another worker `moves` times, and no more.

    Dask counts the deaths of workers for each task, and gives it up when they are more than the scheduler's setting
    `allowed-failures`, 3 by default. The task may arrive there a moment later than this does.
    """
    for _ in range(_LOOKS):
        if (task := dask_scheduler.tasks.get(key)) is not None:
            task.suspicious += max(0, int(dask_scheduler.allowed_failures) - moves)
            return
        await asyncio.sleep(0.01)


def _fault(job: Job, reason: str) -> Outcome:
    return Outcome(
        cells=tuple(CellOutcome(cell.id, Ran.NOT_RUN) for cell in job.cells), ran=Ran.FAULT, reason=reason
    )
