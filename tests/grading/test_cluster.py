"""A class graded on a Dask cluster: a real scheduler and real workers, processes of their own on the loopback."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

from course_utils import grading
from course_utils.errors import CourseError, UsageError
from course_utils.grading.cluster import ClusterRunner, runner, worker
from course_utils.grading.jobs import Cell, Job, Kind, Limits, Outcome, Ran
from course_utils.grading.sandbox.levels import Level
from tests.grading.ordinary import answered, copied, hand_in, pristine
from tests.grading.test_whole_class import by_student

__all__ = ["pristine"]
LIMITS = Limits(cell_seconds=60, submission_seconds=120)


@dataclass
class Cluster:
    """A scheduler, and the workers that tests add to it."""

    address: str
    folder: Path
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add(self, count: int = 1, **variables: str) -> list[subprocess.Popen[bytes]]:
        """Start workers with one thread each, and wait until they are there."""
        options = [
            "--no-nanny",
            "--no-dashboard",
            "--nthreads=1",
            "--memory-limit=0",
            f"--local-directory={self.folder}",
        ]
        command = [
            sys.executable,
            "-m",
            "distributed.cli.dask_worker",
            self.address,
            "--host=127.0.0.1",
            *options,
        ]
        started = [_start(command, variables) for _ in range(count)]
        self.workers += started
        with self.client() as client:
            client.wait_for_workers(sum(one.poll() is None for one in self.workers), timeout=120)
        return started

    def clear(self) -> None:
        """End all workers."""
        for one in self.workers:
            one.kill()
            one.wait()
        self.workers.clear()
        with self.client() as client:
            while client.nthreads():
                time.sleep(0.05)

    def client(self) -> Client:
        return Client(self.address, set_as_default=False)


def _start(command: Sequence[str], variables: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, env={**os.environ, **variables}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@contextlib.contextmanager
def started(folder: Path) -> Iterator[Cluster]:
    """Start a scheduler."""
    options = [
        "--host=127.0.0.1",
        "--port=0",
        "--no-dashboard",
        f"--scheduler-file={folder / 'scheduler.json'}",
    ]
    process = _start([sys.executable, "-m", "distributed.cli.dask_scheduler", *options], {})
    try:
        until = time.monotonic() + 120
        while True:
            with contextlib.suppress(OSError, ValueError):
                address = json.loads((folder / "scheduler.json").read_text())["address"]
                break
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        yield Cluster(address, folder, process)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with started(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def cluster(scheduler: Cluster) -> Iterator[Cluster]:
    """A cluster without workers."""
    yield scheduler
    scheduler.clear()


def beneath(process: subprocess.Popen[bytes]) -> list[str]:
    """The command lines of what a process has started, all the way down."""
    waiting, found = [process.pid], []
    while waiting:
        pid = waiting.pop()
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            children = [int(number) for number in path.read_text().split()]
            waiting += children
            for child in children:
                with contextlib.suppress(OSError):
                    found.append(Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def asleep(seconds: float) -> Job:
    """A job that takes a while."""
    return Job(
        "hw/ada/hw",
        (Cell("wait", Kind.STUDENT, f"import time\ntime.sleep({seconds})\n6 * 7"),),
        limits=LIMITS,
    )


def in_thread(run: ClusterRunner, job: Job) -> tuple[threading.Thread, list[Outcome | CourseError]]:
    """Have a job done in a thread; what came of it is in the list."""
    came: list[Outcome | CourseError] = []

    def ask() -> None:
        try:
            came.append(run(job))
        except CourseError as error:
            came.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread, came


def kill_whoever_has_a_job(cluster: Cluster, spared: set[int]) -> int:
    """Wait until some worker has a student's process, and kill it; return its process number."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for one in cluster.workers:
            if one.pid not in spared and one.poll() is None and beneath(one):
                with cluster.client() as client:
                    busy = any(client.processing().values())
                if busy:
                    os.kill(one.pid, signal.SIGKILL)
                    one.wait()
                    return one.pid
        time.sleep(0.05)
    raise AssertionError("no worker has taken the job")


def hand_in_a_class(course: Path) -> None:
    for number in range(3):
        hand_in(course, f"honest{number}")
    hand_in(course, "half", answered(course, {"quarter": "parts = 2"}))
    hand_in(course, "exits", answered(course, {"quarter": "import os\nos._exit(0)"}))
    hand_in(course, "junk", b"\x00junk")


def told(grades: grading.ClassGrades) -> list[dict[str, Any]]:
    """The results without what differs from one run to the next."""
    return [{**result.as_dict(), "seconds": None} for result in grades.results]


def outputs(course: Path) -> dict[str, Any]:
    """The cells of the autograded notebooks."""
    found = sorted((course / "autograded").glob("*/hw/hw.ipynb"))
    return {path.parts[-3]: json.loads(path.read_text())["cells"] for path in found}


def test_a_cluster_grades_as_the_local_pool_does(pristine: Path, tmp_path: Path, cluster: Cluster) -> None:
    workers = cluster.add(2)
    here, there = (copied(pristine, tmp_path / name) for name in ("here", "there"))
    for course in (here, there):
        hand_in_a_class(course)

    local = grading.grade(here, "hw", jobs=2)
    spread = grading.grade(there, "hw", cluster=cluster.address)

    assert told(spread) == told(local)
    assert by_student(spread)["exits"].status == "partial"
    assert outputs(there) == outputs(here)
    assert [one for process in workers for one in beneath(process)] == [], "the warm parents end with the run"
    again = grading.grade(there, "hw", cluster=cluster.address)
    assert {one.status for one in again.results if one.student != "junk"} == {"unchanged"}


def test_each_worker_has_one_warm_parent_which_ends_with_it(cluster: Cluster) -> None:
    workers = cluster.add(2)
    with ClusterRunner(cluster.address, ("json",), "auto") as run:
        asked = [in_thread(run, asleep(1)) for _ in range(6)]
        for thread, _ in asked:
            thread.join()
        assert [came[0].ran for _, came in asked] == [Ran.OK] * 6
        with cluster.client() as client:
            held = client.run(lambda: len(worker._HELD))
        assert list(held.values()) == [1, 1]
        mine = [len([line for line in beneath(one) if "warm.server" in line]) > 0 for one in workers]
        assert mine == [True, True]
        below = Path(f"/proc/{workers[0].pid}/task/{workers[0].pid}/children").read_text().split()
        workers[0].kill()
        workers[0].wait()
        until = time.monotonic() + 10
        while any(Path(f"/proc/{pid}").exists() for pid in below):
            assert time.monotonic() < until
            time.sleep(0.05)


def test_the_job_of_a_worker_that_dies_goes_to_another(cluster: Cluster) -> None:
    cluster.add(2)
    with ClusterRunner(cluster.address, (), "auto") as run:
        thread, came = in_thread(run, asleep(3))
        kill_whoever_has_a_job(cluster, set())
        thread.join()
    (outcome,) = came
    assert isinstance(outcome, Outcome)
    assert outcome.ran is Ran.OK
    assert outcome.cells[0].outputs[0]["data"]["text/plain"] == "42"


def test_a_job_whose_workers_die_three_times_is_the_graders_own_fault(cluster: Cluster) -> None:
    cluster.add(4)
    killed: set[int] = set()
    with ClusterRunner(cluster.address, (), "auto") as run:
        thread, came = in_thread(run, asleep(50))
        for _ in range(3):
            killed.add(kill_whoever_has_a_job(cluster, killed))
        thread.join(20)
    (outcome,) = came
    assert isinstance(outcome, Outcome)
    assert outcome.ran is Ran.FAULT
    assert "each of the 3 workers that had it died" in outcome.reason
    assert len(killed) == 3


def test_a_worker_that_confines_less_than_was_asked_for_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    cluster.add(1, PATH=str(tmp_path))
    with pytest.raises(
        CourseError, match=r"The worker at tcp://\S+ cannot grade: --sandbox require is not possible"
    ):
        ClusterRunner(cluster.address, (), "require")
    with ClusterRunner(cluster.address, (), "auto") as run:
        assert run.level is not Level.BUBBLEWRAP
        assert run(asleep(0)).sandbox == run.level


def test_a_worker_with_other_code_is_refused(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.add(1)
    monkeypatch.setattr(worker, "_code", lambda: "0.1.0 (another)")
    sentence = r"The worker at tcp://\S+ cannot grade: it has course_utils 0\.1\.0 \(\w+\), where .*another"
    with pytest.raises(CourseError, match=sentence):
        ClusterRunner(cluster.address, (), "auto")


def test_a_cluster_that_is_not_there_is_one_sentence(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "CONNECT_SECONDS", 0.5)
    with pytest.raises(
        CourseError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9: start one with"
    ):
        ClusterRunner("tcp://127.0.0.1:9", (), "auto")
    with pytest.raises(UsageError, match="--cluster here is no address"):
        ClusterRunner("here", (), "auto")
    with pytest.raises(CourseError, match=r"has no workers: start some with `dask worker tcp://"):
        ClusterRunner(cluster.address, (), "auto")


def test_a_scheduler_that_dies_ends_the_run_with_a_sentence(tmp_path: Path) -> None:
    with started(tmp_path) as cluster:
        (process,) = cluster.add(1)
        try:
            with ClusterRunner(cluster.address, (), "auto") as run:
                thread, came = in_thread(run, asleep(30))
                while not beneath(process):
                    time.sleep(0.05)
                cluster.scheduler.kill()
                thread.join(20)
            assert [str(error) for error in came] == [
                f"The Dask scheduler at {cluster.address} is gone: start it and run the same command again; what is "
                "graded is kept."
            ]
        finally:
            process.kill()
            process.wait()


def test_a_worker_ends_what_nobody_asks_for_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "IDLE_SECONDS", 0.2)
    order = worker.Order("a-run", (), "auto", (), worker.versions(()))
    worker.begin(order)
    parent = worker._HELD["a-run"].runner
    until = time.monotonic() + 60
    while "a-run" in worker._HELD or parent._parent.running:
        assert time.monotonic() < until
        time.sleep(0.05)
