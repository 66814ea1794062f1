"""Converters print hundreds of lines, from Python and from C: none is seen, unless the conversion fails."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout

_LOGGERS = ("tensorflow", "tf2onnx", "absl", "onnxruntime", "onnxconverter_common")
# The end of what was said is where the reason stands.
_KEPT = 20_000


@contextmanager
def captured() -> Iterator[Callable[[], str]]:
    """Catch all that this process writes to stdout and stderr; yields a function that returns it.

    An exception that leaves the block carries what was said as a note, which `--debug` shows with the traceback.
    """
    with ExitStack() as stack:
        caught = stack.enter_context(tempfile.TemporaryFile())

        def said() -> str:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            caught.seek(0, os.SEEK_END)
            caught.seek(max(0, caught.tell() - _KEPT))
            return caught.read().decode("utf-8", "replace")

        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor in (1, 2):
            stack.enter_context(_sent_to(descriptor, caught.fileno()))
        # Python's own streams may lead elsewhere than the descriptors, as they do in a notebook.
        text = stack.enter_context(os.fdopen(os.dup(caught.fileno()), "w", encoding="utf-8"))
        stack.enter_context(redirect_stdout(text))
        stack.enter_context(redirect_stderr(text))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        for name in _LOGGERS:
            stack.enter_context(_only_errors(logging.getLogger(name)))
        try:
            yield said
        except Exception as error:
            if words := said().strip():
                error.add_note(words)
            raise


@contextmanager
def _sent_to(descriptor: int, target: int) -> Iterator[None]:
    saved = os.dup(descriptor)
    os.dup2(target, descriptor)
    try:
        yield
    finally:
        os.dup2(saved, descriptor)
        os.close(saved)


@contextmanager
def _only_errors(logger: logging.Logger) -> Iterator[None]:
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
