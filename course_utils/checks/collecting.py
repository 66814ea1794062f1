"""The student's side: call what the student wrote, and return plain data, whatever happens.

A log line must not cost points: plain nbgrader gives 0 to a test cell that writes to stderr. So everything
that is printed or logged during a call, down to TensorFlow's C++ lines on file descriptor 2, is dropped.
"""

import contextlib
import io
import linecache
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any

import numpy as np

from course_utils.checks.plain import describe

#: The longest that one call of a student's function may take, in seconds.
TIME_LIMIT = 20.0
_LONGEST_MESSAGE = 200

Namespace = Mapping[str, Any]
Data = dict[str, Any]


class _TimeIsUp(BaseException):
    """Not an Exception, so that a student's `except Exception` does not swallow it."""


def call(namespace: Namespace, name: str, *arguments: Any) -> Data:
    """Call the student's function `name` and return what came of it as plain data.

    Returns one of `{"missing": True}`, `{"error": {...}}` and `{"answer": {...}}` (see `plain.describe`), the
    last two with `changed`: the positions of the arrays among the arguments that the call altered.
    """
    function = namespace.get(name)
    if not callable(function):
        return {"missing": True, "name": name}
    before = [np.array(argument) if isinstance(argument, np.ndarray) else None for argument in arguments]
    data = attempt(lambda: describe(function(*arguments)), namespace)
    pairs = enumerate(zip(before, arguments, strict=True))
    changed = [
        i for i, (old, new) in pairs if old is not None and not np.array_equal(old, new, equal_nan=True)
    ]
    return {**data, "name": name, "changed": changed}


def attempt(action: Callable[[], Any], namespace: Namespace, limit: float = TIME_LIMIT) -> Data:
    """Run `action` in silence. Return `{"answer": …}`, or `{"error": {type, message, line}}` if it raised."""
    try:
        with silence(), time_limit(limit):
            return {"answer": action()}
    except KeyboardInterrupt:
        raise
    except _TimeIsUp:
        message = f"it was still running after {limit:g} seconds"
        return {"error": {"type": "TimeLimit", "message": message, "line": ""}}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the student's code raises is data
        return {"error": describe_error(error, namespace)}


def describe_error(error: BaseException, namespace: Namespace) -> dict[str, str]:
    """Return the error's type, its message, and the last line of the student's code on its way."""
    line = ""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals is namespace:
            line = linecache.getline(trace.tb_frame.f_code.co_filename, trace.tb_lineno).strip()
        trace = trace.tb_next
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - the student's exception may have a __str__ of its own
        message = ""
    message = " ".join(message.split())
    return {
        "type": type(error).__name__[:60],
        "message": message[:_LONGEST_MESSAGE],
        "line": line[:_LONGEST_MESSAGE],
    }


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Drop all that is printed, warned, logged, or written to file descriptors 1 and 2."""
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    with contextlib.suppress(Exception):
        sys.stderr.flush()
    saved = []
    nowhere = os.open(os.devnull, os.O_WRONLY)
    logging_level = logging.root.manager.disable
    try:
        for descriptor in (1, 2):
            with contextlib.suppress(OSError):
                saved.append((descriptor, os.dup(descriptor)))
                os.dup2(nowhere, descriptor)
        # Handlers hold on to the notebook's own stderr, which is no file descriptor: logging goes off too.
        logging.disable(logging.CRITICAL)
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging_level)
        for descriptor, copy in saved:
            os.dup2(copy, descriptor)
            os.close(copy)
        os.close(nowhere)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Stop the block after `seconds`, where the system has alarms and this is the main thread."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _TimeIsUp

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
