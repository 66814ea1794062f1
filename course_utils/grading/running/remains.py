"""What a test leaves in the process when it has ended, and how it is kept from the student's later cells.

Names that its hidden lines bound are taken out of the notebook, and given back while the next test runs. Frames and
tracebacks that somebody kept still lead to the test's code: it can be asked whether one does.
"""

from __future__ import annotations

import builtins
import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

__builtins__ = dict(vars(builtins))  # see wire

_MISSING = object()
_cause = BaseException.__dict__["__cause__"].__get__
_context = BaseException.__dict__["__context__"].__get__


class Remains:
    """Made before any student's code runs."""

    def __init__(self) -> None:
        self._bound: dict[str, tuple[object, object]] = {}
        self._tests: set[str] = set()

    @contextmanager
    def given_back(self, names: dict[str, Any], hidden: Iterable[str], filename: str) -> Iterator[None]:
        """For one test, whose hidden lines bind the names `hidden`, let its names mean what tests have bound them to.

        A name that the student has bound anew since means what the student says, as in any notebook.
        """
        self._tests.add(filename)
        mine = [name for name, (_, found) in self._bound.items() if dict.get(names, name, _MISSING) is found]
        before = {name: dict.get(names, name, _MISSING) for name in (*mine, *hidden)}
        dict.update(names, {name: self._bound[name][0] for name in mine})
        try:
            yield
        finally:
            for name, found in before.items():
                value = dict.get(names, name, _MISSING)
                if value is not _MISSING:
                    self._bound[name] = value, found
                if found is _MISSING:
                    dict.pop(names, name, None)
                else:
                    dict.__setitem__(names, name, found)

    def are_behind(self, thing: object, name: str) -> bool:
        """Whether the frame that is the attribute `name` of `thing`, or one that it was called from, is a test's."""
        frame = getattr(thing, name)
        while frame is not None:
            if frame.f_code.co_filename in self._tests:
                return True
            frame = frame.f_back
        return False

    def can_be_found(self) -> bool:
        """Whether a search through all objects would come upon a test's values or frames."""
        return bool(self._bound) or any(
            type(one) is FrameType and one.f_code.co_filename in self._tests for one in gc.get_objects()
        )


def forget(error: BaseException | None) -> None:
    """Take the way back to the test out of an error, which the student may have kept, and out of what caused it."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            waiting += [_cause(one), _context(one)]
            BaseException.with_traceback(one, None)
