"""The child's first process, inside the confinement: starts the student's process, reaps, passes signals on."""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from course_utils.grading.sandbox.confinement import Confinement
from course_utils.grading.sandbox.usage import kill_descendants

#: What the student's process calls with its end of the stream.
Serve = Callable[[socket.socket], object]
#: The exit status of a student's process whose `serve` raised.
SERVE_RAISED = 70
_ORDERS = {signal.SIGCHLD, signal.SIGUSR1, signal.SIGTERM}
_THREAD_SETTINGS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_MAX_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


def close_all_but(*kept: int) -> None:
    """Close every file descriptor from 3 on but these."""
    below = 3
    for descriptor in sorted(kept):
        os.closerange(below, descriptor)
        below = descriptor + 1
    os.closerange(below, os.sysconf("SC_OPEN_MAX"))


def run(stream: int, tell: int, walls: Confinement, request: dict[str, Any], serve: Serve) -> NoReturn:
    """Be the child's first process.

    What it says through the pipe `tell`, a JSON object a line: {"confined": true}, then {"status": the student's
    wait status}; or {"problem": a sentence}.
    """
    try:
        close_all_but(stream, tell)
        signal.pthread_sigmask(signal.SIG_BLOCK, _ORDERS)
        try:
            walls.enter()
        except OSError as error:
            _say(tell, problem=f"The child could not be confined: {error}")
            return
        _say(tell, confined=True)
        student = os.fork()
        if student == 0:
            _be_student(stream, tell, walls, request, serve)
        os.close(stream)
        status = _attend(student)
        if not walls.private_processes:
            kill_descendants(os.getpid())
        _say(tell, status=status)
    finally:
        os._exit(0)


def _say(tell: int, **message: object) -> None:
    os.write(tell, json.dumps(message).encode() + b"\n")


def _attend(student: int) -> int:
    """Pass signals on and reap until the student's process has ended; its wait status."""
    while True:
        order = signal.sigwait(_ORDERS)
        if order == signal.SIGUSR1:
            os.kill(student, signal.SIGINT)
        elif order == signal.SIGTERM:
            os.kill(student, signal.SIGKILL)
        elif (status := _reap(student)) is not None:
            return status


def _reap(student: int) -> int | None:
    """Reap all that has ended; the student's wait status if it was among them."""
    found = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        if pid == student:
            found = status


def _be_student(
    stream: int, tell: int, walls: Confinement, request: dict[str, Any], serve: Serve
) -> NoReturn:
    status = SERVE_RAISED
    try:
        os.close(tell)
        os.setsid()
        _be_as_new(walls, request)
        connection = socket.socket(fileno=stream)
        walls.seal()
        # Interrupts are for what `serve` runs.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        serve(connection)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        os._exit(status & 0xFF)


def _be_as_new(walls: Confinement, request: dict[str, Any]) -> None:
    """Make this fork like a process that has just been started: its own folders, settings and random numbers."""
    place = walls.place
    home, temporary = str(place.home), str(place.temporary)
    os.environ.update(
        PWD=str(place.work),
        HOME=home,
        TMPDIR=temporary,
        IPYTHONDIR=f"{home}/.ipython",
        JUPYTER_CONFIG_DIR=f"{home}/.jupyter",
        JUPYTER_DATA_DIR=f"{home}/.local/share/jupyter",
        JUPYTER_RUNTIME_DIR=f"{temporary}/jupyter",
        MPLCONFIGDIR=f"{home}/.config/matplotlib",
        XDG_CACHE_HOME=f"{home}/.cache",
        USER="student",
        LOGNAME="student",
    )
    os.environ.setdefault("KERAS_HOME", f"{home}/.keras")
    os.environ.update(dict.fromkeys(_THREAD_SETTINGS, str(request["limits"]["threads"])))
    os.chdir(place.work)
    os.umask(0o077)
    if tempfile := sys.modules.get("tempfile"):
        tempfile.tempdir = None
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    seed(request["seed"])
    gc.enable()


def seed(number: int | None) -> None:
    """Begin the random numbers of `random`, NumPy, Keras and TensorFlow at `number`, of those that are imported.

    With None, they begin where no other process's do.
    """
    numpy, keras, tensorflow = (sys.modules.get(name) for name in ("numpy", "keras", "tensorflow"))
    random.seed(number)
    if numpy:
        numpy.random.seed(None if number is None else number % 2**32)
    if number is None:
        return
    if keras:
        keras.utils.set_random_seed(number % 2**31)
    elif tensorflow:
        tensorflow.random.set_seed(number)
