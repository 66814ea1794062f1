"""The child's first process, inside the confinement: starts the student's process, reaps, passes signals on."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

_ORDERS = {signal.SIGCHLD, signal.SIGUSR1, signal.SIGTERM}


def close_all_but(*kept: int) -> None:
    """Close every file descriptor from 3 on but these."""
    below = 3
    for descriptor in sorted(kept):
        os.closerange(below, descriptor)
        below = descriptor + 1
    os.closerange(below, os.sysconf("SC_OPEN_MAX"))


def run(
    stream: int, tell: int, folder: Path, request: dict[str, Any], serve: Callable[[socket.socket], object]
) -> NoReturn:
    """Be the child's first process: returns the student's wait status through the pipe `tell`."""
    try:
        close_all_but(stream, tell)
        os.setsid()
        signal.pthread_sigmask(signal.SIG_BLOCK, _ORDERS)
        student = os.fork()
        if student == 0:
            _be_student(stream, folder, request, serve)
        os.close(stream)
        status = _attend(student)
        os.write(tell, json.dumps(status).encode())
    finally:
        os._exit(0)


def _attend(student: int) -> int:
    while True:
        order = signal.sigwait(_ORDERS)
        if order == signal.SIGUSR1:
            os.kill(student, signal.SIGINT)
        elif order == signal.SIGTERM:
            os.kill(student, signal.SIGKILL)
        else:
            while True:
                try:
                    pid, status = os.waitpid(-1, os.WNOHANG)
                except ChildProcessError:
                    break
                if pid == 0:
                    break
                if pid == student:
                    return status


def _be_student(
    stream: int, folder: Path, request: dict[str, Any], serve: Callable[[socket.socket], object]
) -> NoReturn:
    status = 70
    try:
        close_all_but(stream)
        os.setsid()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ORDERS)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.update(HOME=str(folder / "home"), TMPDIR=str(folder / "tmp"))
        os.chdir(folder / "work")
        seed(request["seed"])
        serve(socket.socket(fileno=stream))
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    finally:
        os._exit(status)


def seed(number: int) -> None:
    """Begin the random numbers of `random`, NumPy, Keras and TensorFlow at `number`, of those that are imported."""
    random.seed(number)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(number % 2**32)
    if keras := sys.modules.get("keras"):
        keras.utils.set_random_seed(number % 2**31)
    elif tensorflow := sys.modules.get("tensorflow"):
        tensorflow.random.set_seed(number)
