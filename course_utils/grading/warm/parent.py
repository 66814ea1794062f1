"""The trusted process's side: start a warm parent, have it fork children, and hear how each one ended."""

from __future__ import annotations

import contextlib
import os
import queue
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from course_utils.errors import CourseError
from course_utils.grading.jobs import Limits
from course_utils.grading.sandbox import bubblewrap
from course_utils.grading.sandbox.levels import Level, choose
from course_utils.grading.warm import spaces, wire

STUDENT_SIDE = "course_utils.grading.running.student_side:serve"
#: The imports may take long on a busy machine with cold files.
START_SECONDS = 180.0
#: A child that has not begun after this is the machine's trouble.
SPAWN_SECONDS = 60.0
_CLOSE_SECONDS = 5.0
_INTERRUPT, _KILL = b"I", b"K"


@dataclass(frozen=True)
class Exit:
    """How a child ended.

    Attributes:
        reason: "exit" (by itself, with `code`), "signal" (by `signal`: a crash, or its own doing), "memory",
            "processes" or "disk" (killed: it used, with all that it started, more than its limit), "killed" (by
            `Child.kill`), or "fault" (the grader's own trouble; `detail` says what).
        cpu_seconds: processor time of the child and of all that it started.
        peak_memory: bytes, of all its processes together, shared pages counted once, its files on tmpfs included.
        memory_exceeded: the memory limit was the reason.
    """

    reason: str
    code: int | None = None
    signal: int | None = None
    cpu_seconds: float = 0.0
    peak_memory: int = 0
    memory_exceeded: bool = False
    detail: str = ""


class Child:
    """One confined process. Every method may be called from any thread.

    Attributes:
        stream: a connected stream socket, whose other end the child's `serve` was called with.
    """

    def __init__(self, stream: socket.socket, control: socket.socket) -> None:
        self.stream = stream
        self._control = control
        self._lock = threading.Lock()
        self._exit: Exit | None = None

    def interrupt(self) -> None:
        """Send SIGINT to the student's process."""
        self._tell(_INTERRUPT)

    def kill(self) -> None:
        """Kill the child and everything that it started. Returns at once; `wait` says when it is done."""
        self._tell(_KILL)

    def wait(self, timeout: float | None = None) -> Exit:
        """Wait until the child and everything that it started has ended.

        Raises:
            TimeoutError: it has not after `timeout` seconds.
        """
        with self._lock:
            if self._exit is None:
                if not select.select([self._control], (), (), timeout)[0]:
                    raise TimeoutError(f"The child still runs after {timeout:g} seconds.")
                self._exit = self._receive_exit()
            return self._exit

    def ended(self, seconds: float = 0.0) -> bool:
        """Whether the child has ended by itself, waiting for at most `seconds`."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def close(self) -> Exit:
        """Kill what still runs, close the stream, and say how the child ended."""
        self.kill()
        self.stream.close()
        ended = self.wait()
        self._control.close()
        return ended

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _tell(self, what: bytes) -> None:
        # A child that has ended needs no telling.
        with contextlib.suppress(OSError):
            self._control.send(what, socket.MSG_NOSIGNAL)

    def _receive_exit(self) -> Exit:
        try:
            received = wire.receive(self._control)
        except (OSError, ValueError) as error:
            return Exit("fault", detail=f"The keeper of the process could not be heard: {error}")
        if received is None:
            return Exit("fault", detail="The keeper of the process was killed.")
        return Exit(**received[0])


class WarmParent:
    """A process that has imported `imports` and forks a child for every `spawn`; a context manager.

    One serves many children at once and may be used from several threads. It ends with this process, however this
    process ends, and its children with it.

    Attributes:
        level: what confines the children; known once started.
    """

    def __init__(
        self,
        imports: Sequence[str] = ("tensorflow", "keras", "numpy"),
        sandbox: str = "auto",
        serve: str = STUDENT_SIDE,
        readable: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        shared: Path | None = None,
        python: str = sys.executable,
    ) -> None:
        """Say what to start; `start`, or entering the context, starts it.

        Args:
            imports: modules, imported before anything is forked.
            sandbox: "auto" takes the best level there is, "require" refuses less than bubblewrap, "off" is off.
            serve: "module:function"; in the child, the function is called with its end of `Child.stream`. When the
                module has a function `prepare`, that is called once, after the imports.
            readable: folders that the children may read besides Python and this package. Those that hold `serve`
                or `imports` are found on the path.
            environment: variables of the children; they have no others of this process.
            shared: with bubblewrap, a folder of which each child gets to write into one folder, by `spawn`'s `share`.
            python: the interpreter, that of another environment too, which holds this package; without bubblewrap.
        """
        self._imports, self._serve = tuple(imports), serve
        self._sandbox, self._readable = sandbox, tuple(readable)
        self._environment, self._shared = dict(environment or {}), shared
        self._python = python
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._space: Path | None = None
        self.level = Level.OFF

    def start(self) -> Self:
        """Start it and wait until everything is imported.

        Raises:
            CourseError: an import failed, or `sandbox` asks for more than this machine can do.
        """
        self.level = choose(self._sandbox)
        self._space = None if self.level is Level.BUBBLEWRAP else spaces.make()
        ours, theirs = socket.socketpair()
        ours.settimeout(START_SECONDS)
        command = [self._python, "-I", "-m", "course_utils.grading.warm.server", str(theirs.fileno())]
        if self.level is Level.BUBBLEWRAP:
            command = bubblewrap.around(command, self._readable, self._shared)
        self._control = ours
        try:
            with theirs:
                self._process = _start(
                    command, theirs.fileno(), self._space or Path(bubblewrap.PARENT_FOLDER)
                )
            wire.send(ours, self._order())
            received = wire.receive(ours)
        except (OSError, ValueError) as error:
            self.close()
            raise CourseError(f"The warm parent did not start: {error}.") from error
        problem = "it ended at once" if received is None else received[0].get("problem")
        if problem:
            self.close()
            raise CourseError(f"The warm parent did not start: {problem}.")
        return self

    def _order(self) -> dict[str, object]:
        readable = [str(path.absolute()) for path in self._readable]
        return {
            "imports": self._imports,
            "serve": self._serve,
            "readable": readable,
            "environment": self._environment,
            "level": self.level,
            "folder": str(self._space or ""),
        }

    def spawn(
        self,
        files: Mapping[str, bytes] | None = None,
        limits: Limits | None = None,
        seed: int | None = 0,
        share: str = "",
    ) -> Child:
        """Fork a child, with `files` in its working folder, whose random numbers begin at `seed`; None: anywhere.

        Raises:
            CourseError: the warm parent has ended.
        """
        stream, their_stream = socket.socketpair()
        control, their_control = socket.socketpair()
        control.settimeout(SPAWN_SECONDS)
        contents = dict(files or {})
        request = {
            "limits": asdict(limits or Limits()),
            "seed": seed,
            "share": share,
            "files": [[name, len(content)] for name, content in contents.items()],
        }
        try:
            with their_stream, their_control, self._lock:
                if self._control is None:
                    raise CourseError("The warm parent is not running.")
                wire.send(self._control, {}, their_stream.fileno(), their_control.fileno())
        except OSError as error:
            stream.close()
            control.close()
            raise CourseError(f"The warm parent has ended: {error}.") from error
        # A keeper that cannot go on says so, or is gone: `wait` hears of it.
        with contextlib.suppress(OSError):
            wire.send(control, request)
            for content in contents.values():
                control.sendall(content)
        control.settimeout(None)
        return Child(stream, control)

    @property
    def running(self) -> bool:
        """Whether it can still spawn children."""
        return self._control is not None and self._process is not None and self._process.poll() is None

    def close(self) -> None:
        """End it, and every child that still runs."""
        with self._lock:
            control, self._control = self._control, None
        if control is not None:
            control.close()
        if self._process is not None:
            # It ends when its connection does, and ends its children first.
            try:
                self._process.wait(_CLOSE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._space is not None:
            spaces.remove(self._space)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _start(command: Sequence[str], descriptor: int, temporary: Path) -> subprocess.Popen[bytes]:
    """Start a command that keeps `descriptor` open, from a thread that lives as long as the command runs.

    bubblewrap ends with the thread that started it, which must not be one that comes and goes.
    """
    started: queue.SimpleQueue[subprocess.Popen[bytes] | OSError] = queue.SimpleQueue()

    def hold() -> None:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[descriptor],
                start_new_session=True,
                cwd="/",
                env=_environment(temporary),
            )
        except OSError as error:
            started.put(error)
            return
        started.put(process)
        process.wait()

    threading.Thread(target=hold, name="warm parent", daemon=True).start()
    result = started.get()
    if isinstance(result, OSError):
        raise result
    return result


def _environment(temporary: Path) -> dict[str, str]:
    """The variables of the warm parent: none of this process's own but what changes how the same code computes."""
    kept = {name: os.environ[name] for name in ("TZ", "KERAS_BACKEND") if name in os.environ}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/local/bin:/usr/bin:/bin",
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
        # Sets and dictionaries are in the same order in every grading.
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        # The threads of a library that starts them when it is imported do not survive a fork.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        # Read when matplotlib is imported, which Keras does.
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "CUDA_VISIBLE_DEVICES": "-1",
        # Memory in large pages: a fork, which copies the tables of pages, then takes a third less time.
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    }
