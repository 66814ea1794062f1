"""What modules held before any student's code ran, and how to put it back while a test runs."""

from __future__ import annotations

import builtins
import gc
import importlib
import signal
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

__builtins__ = dict(vars(builtins))  # see wire

#: Modules that tests judge with. Of packages, every part that is loaded; of TensorFlow and Keras the public names.
_IMPORTED = (
    "cmath",
    "fractions",
    "inspect",
    "math",
    "numpy.testing",
    "operator",
    "random",
    "re",
    "statistics",
    "unittest.case",
)
_NAMES = frozenset(
    {
        *_IMPORTED,
        "builtins",
        "collections",
        "copy",
        "functools",
        "io",
        "itertools",
        "json",
        "keras",
        "keras.losses",
        "keras.metrics",
        "keras.ops",
        "keras.utils",
        "os",
        "pandas",
        "pandas.testing",
        "pandas._testing",
        "pandas._testing.asserters",
        "tensorflow",
        "tensorflow.debugging",
        "tensorflow.math",
        "types",
        "unittest",
    }
)
_PACKAGES = ("numpy",)
_MISSING = object()
_TOOLS = 6
_TIMED = tuple(
    getattr(signal, name)
    for name in ("SIGALRM", "SIGVTALRM", "SIGPROF", "SIGUSR1", "SIGUSR2", "SIGIO")
    if hasattr(signal, name)
)


class Pristine:
    """A record of callables by module and name, and of the code of Python functions."""

    def __init__(self) -> None:
        for name in _IMPORTED:
            importlib.import_module(name)
        self._modules = {name: module for name, module in sys.modules.items() if _is_kept(name, module)}
        self._names = [
            (vars(module), {name: value for name, value in vars(module).items() if callable(value)})
            for module in self._modules.values()
        ]
        functions = {_plain(value) for _, kept in self._names for value in kept.values()}
        test_case = vars(sys.modules["unittest.case"].TestCase)
        self._methods = {name: value for name, value in test_case.items() if isinstance(value, FunctionType)}
        functions |= set(self._methods.values())
        self._code = [
            (function, function.__code__, function.__defaults__)
            for function in functions
            if isinstance(function, FunctionType)
        ]
        self.builtins = dict(vars(builtins))
        self._lists = [(sys.meta_path, list(sys.meta_path)), (sys.path_hooks, list(sys.path_hooks))]

    @contextmanager
    def restored(self, uses: Collection[str]) -> Iterator[Callable[[bool], None]]:
        """Put everything back for the block, and afterwards what was found before it.

        Gives a function that puts back what has been changed since: with True everything, else what goes by one of
        the names `uses`, which takes microseconds.
        """
        found_first: dict[tuple[int, str], tuple[dict[str, Any], object]] = {}
        everything = [*self._names, (sys.modules, self._modules)]
        used = [(place, {name: kept[name] for name in kept.keys() & uses}) for place, kept in everything]
        used = [(place, kept) for place, kept in used if kept]

        def again(whole: bool) -> None:
            for place, kept in everything if whole else used:
                for name, value in kept.items():
                    found = place.get(name, _MISSING)
                    if found is not value:
                        found_first.setdefault((id(place), name), (place, found))
                        place[name] = value
            if whole:
                self._restore_lists()

        try:
            for function, code, defaults in self._code:
                if function.__code__ is not code or function.__defaults__ is not defaults:
                    function.__code__, function.__defaults__ = code, defaults
            again(True)
            _end_hooks()
            yield again
        finally:
            for (_, name), (place, found) in found_first.items():
                if found is _MISSING:
                    place.pop(name, None)
                else:
                    place[name] = found

    def _restore_lists(self) -> None:
        test_case = self._modules["unittest.case"].TestCase  # type: ignore[attr-defined]
        for name, method in self._methods.items():
            if vars(test_case).get(name) is not method:
                setattr(test_case, name, method)
        for found, kept in self._lists:
            found[:] = kept


def _end_hooks() -> None:
    """End what calls a student's function at any moment: traces, profiles, alarms, the garbage collector's hooks."""
    sys.settrace(None)
    sys.setprofile(None)
    if monitoring := getattr(sys, "monitoring", None):  # since Python 3.12
        for tool in range(_TOOLS):
            if monitoring.get_tool(tool) is not None:
                monitoring.set_events(tool, 0)
    del gc.callbacks[:]
    if hasattr(signal, "setitimer"):
        for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
            signal.setitimer(timer, 0)
    for number in _TIMED:
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_IGN)


def _is_kept(name: str, module: object) -> bool:
    return isinstance(module, ModuleType) and (name in _NAMES or name.split(".")[0] in _PACKAGES)


def _plain(value: object) -> object:
    """Return the function behind NumPy's dispatchers and other wrappers."""
    return getattr(value, "__wrapped__", value) if not isinstance(value, type) else None
