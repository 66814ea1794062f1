"""Jobs done on this machine: by children of one warm parent, which is started again if it is killed."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from course_utils.errors import CourseError
from course_utils.grading.capacity import cores, spare_memory
from course_utils.grading.jobs import Job, Outcome, Ran
from course_utils.grading.running.conductor import conduct
from course_utils.grading.sandbox import levels
from course_utils.grading.warm import WarmParent

_STARTS = 3
#: Memory that one notebook may be expected to take: with TensorFlow, and without.
_HEAVY, _LIGHT = 1536 * 2**20, 256 * 2**20
#: Where data sets and weights lie; the folders that these name may be read by students' code.
_DATA = ("COURSE_DATA", "KERAS_HOME")


class LocalRunner:
    """Call it with a job to have it done. A context manager; may be called from several threads at once.

    Attributes:
        level: what confines students' code.
        slots: how many jobs this machine has cores and memory for.
    """

    def __init__(self, imports: Sequence[str], sandbox: str, readable: Sequence[str] = ()) -> None:
        """Start nothing yet.

        Args:
            imports: what the warm parent imports.
            sandbox: "auto", "require" or "off".
            readable: folders that students' code may read, beside those of the data sets.

        Raises CourseError when this machine cannot do what `sandbox` asks for.
        """
        self.level = levels.choose(sandbox)
        each = _HEAVY if "tensorflow" in imports else _LIGHT
        self.slots = max(1, min(cores(), spare_memory() // each))
        data = {name: os.environ[name] for name in _DATA if os.environ.get(name)}
        folders = [Path(folder) for folder in (*data.values(), *readable)]
        self._readable = [folder for folder in folders if folder.is_dir()]
        # As under nbgrader, a notebook can tell that it is being graded.
        self._environment = {**data, "NBGRADER_EXECUTION": "autograde"}
        self._imports, self._sandbox = tuple(imports), sandbox
        self._lock = threading.Lock()
        self._closed = False
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="warm")
        self._starting: Future[None] | None = None
        self._parent = self._new()

    def _new(self) -> WarmParent:
        return WarmParent(
            self._imports, self._sandbox, readable=self._readable, environment=self._environment
        )

    def begin(self) -> None:
        """Start the warm parent, if that has not begun yet; its imports go on beside whatever the caller does."""
        with self._lock:
            if self._starting is None:
                self._starting = self._starter.submit(self._start)

    def _start(self) -> None:
        """Start the warm parent. It may be killed while it starts; what is wrong for good fails each time."""
        for attempt in range(_STARTS):
            try:
                self._parent.start()
            except CourseError:
                if self._closed or attempt == _STARTS - 1:
                    raise
                self._parent = self._new()
            else:
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the warm parent, and with it what it still does."""
        self._closed = True
        self._starter.shutdown()
        self._parent.close()

    def __call__(self, job: Job) -> Outcome:
        """Have the job done. One that fails for the grader's own reasons is tried a second time.

        Raises CourseError when the warm parent cannot be started.
        """
        self.begin()
        assert self._starting is not None
        self._starting.result()
        parent = self._parent
        outcome = conduct(job, parent)
        if outcome.ran is not Ran.FAULT or self._closed:
            return outcome
        self._revive(parent)
        return conduct(job, self._parent)

    def _revive(self, parent: WarmParent) -> None:
        """Start another warm parent if this one has died, and no other thread has done so."""
        with self._lock:
            if self._closed or parent is not self._parent:
                return
            try:
                parent.spawn().close()
            except CourseError:
                parent.close()
                self._parent = self._new()
                self._start()
