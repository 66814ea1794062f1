"""Runs ordinary test cells beside the student's code, out of reach of the tricks that are known.

A test does not pass through IPython: its code object comes from the trusted side, and is run with the builtins and
the modules that were there before any student's code (see `pristine`). What came of it is said in a line of its own,
made of numbers and of a token that came with the request, before anything of the student's is shown.
What this cannot prevent stands in the package's docstring.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Mapping
from operator import eq as _equal
from sys import _getframe
from types import FunctionType
from typing import Any

import numpy as np

from course_utils.grading.running.pristine import Pristine
from course_utils.grading.running.remains import Remains

__builtins__ = dict(vars(builtins))  # see wire

Bindings = dict[str, Any]

#: Methods that get to see the expected value, and may answer what they like.
_TELLING = (
    *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__", "__class__"),
    *(f"__{side}{name}__" for side in ("", "r") for name in ("add", "sub", "mul", "truediv", "floordiv")),
    *(f"__{side}{name}__" for side in ("", "r") for name in ("mod", "pow", "matmul", "and", "or", "xor")),
    *("__array_function__", "__array_ufunc__", "__instancecheck__", "__subclasscheck__"),
)
_CLOSED = frozenset(
    {
        "sys.settrace",
        "sys.setprofile",
        "sys._current_frames",
        "sys._current_exceptions",
        "sys.monitoring.register_callback",
    }
    | {"gc.get_objects", "gc.get_referrers", "gc.get_referents"}
)
#: With these, all objects of the process can be searched for what a test has left.
_SEARCHES = frozenset({"gc.get_objects", "gc.get_referrers"})
_FRAMES = frozenset({"tb_frame", "gi_frame", "cr_frame", "ag_frame"})
#: Modules that hand the frame of their caller on.
_ASKING = frozenset({"IPython.utils.frame", "bdb", "inspect", "pdb", "traceback"})
_DEEPEST = 20
_HEAP_TYPE = 1 << 9
_COROUTINE = 0x80
_flags = type.__dict__["__flags__"].__get__
_mro = type.__dict__["__mro__"].__get__
_contents = type.__dict__["__dict__"].__get__
_UNLIKE = (
    *((1, 2), (0.5, 4.25), (1j, 2j), ("a", "b"), (b"a", b"b"), (True, False)),
    *(((1,), (2,)), ([1], [2]), ({1: 1}, {1: 2}), ({1}, {2}), (range(1), range(2))),
)
_PLAIN = (int, float, str, bool, type(None), bytes, complex, range, slice)


class Refused(AssertionError):
    """An object would agree with whatever it is compared to."""


class Guard:
    """Made before any student's code runs; then `run` runs tests, one after the other."""

    def __init__(self) -> None:
        self._pristine = Pristine()
        self._remains = Remains()
        self._known = _classes()
        self._globals = {
            id(vars(module)) for module in list(sys.modules.values()) if hasattr(module, "__dict__")
        }
        self._closed = False
        self._looking = False
        self._run, self._function = exec, FunctionType
        self._numbers = frozenset(np.dtype(code).type for code in "bhilqBHILQefdg")

    def watch(self) -> None:
        """Close the ways to other code's frames while a test runs, and to a test's frames afterwards.

        Once in a process; cannot be undone. From here on nobody else can listen: a hook of the student's would hear
        the tests as they come in.
        """
        sys.addaudithook(self._audit)

    async def run(
        self, names: Bindings, pinned: Bindings, request: Mapping[str, Any], send: Callable[[bytes], None]
    ) -> tuple[BaseException | None, object]:
        """Run one test, say what came of it, and return the error, if any, and the value to be shown."""
        checker = _Checker(frozenset(request["names"]), self._known)
        guard, code = request["guard"], request["code"]
        kept = self._pristine.builtins

        def keep(found: Mapping[str, Any]) -> None:
            # The tools are locals of the test too, and are not the student's to have.
            dict.update(names, {name: value for name, value in found.items() if not name.startswith(guard)})

        tools = {guard: checker.check, f"{guard}_keep": keep, f"{guard}_locals": kept["locals"]}
        tools[f"{guard}_star"] = lambda source: self._run(source, names)
        for alias, (kind, name) in request["aliases"].items():
            source = pinned if kind == "pin" and name in pinned else kept if kind == "builtin" else names
            tools[alias] = source.get(name)
        theirs = names.get("__builtins__")
        error: BaseException | None = None
        value: object = None
        with (
            self._remains.given_back(names, request["hidden"], request["filename"]),
            self._pristine.restored(request["uses"]) as tools[f"{guard}_again"],
        ):
            # The tools are arguments of the test: no dictionary that the student's code can reach holds them.
            names["__builtins__"] = builtins
            given = [tools[name] for name in code.co_varnames[: code.co_argcount]]
            self._closed = True
            try:
                value = self._function(code, names)(*given)
                if code.co_flags & _COROUTINE:
                    value = await value  # type: ignore[misc]
                if not _is_sound():
                    raise Refused("numbers or texts that differ were made to be equal")
            except BaseException as raised:  # noqa: BLE001 - whatever is raised, the test was not passed
                error = raised
            finally:
                self._closed = False
                names["__builtins__"] = theirs
            pinned.update({name: names[name] for name in request["pins"] if name in names})
            verdict = self.aside(self._verdict, request["token"], error, value, request["filename"])
            send(verdict)
        return error, value

    def aside(self, look: Callable[..., Any], *arguments: Any) -> Any:
        """Return what a function of the grader's own says, which may look at a test's frames."""
        self._looking = True
        try:
            return look(*arguments)
        finally:
            self._looking = False

    def _verdict(self, token: str, error: BaseException | None, value: object, filename: str) -> bytes:
        """Return the line that says what came of a test, made without anything that could be replaced."""
        ran, number = "error" if error is not None else "ok", self._number(value)
        line = 0 if error is None else _line(error, filename)
        return f'{{"verdict": "{token}", "ran": "{ran}", "value": {number}, "line": {line}}}\n'.encode(
            "ascii"
        )

    def _number(self, value: object) -> str:
        kind = type(value)
        if kind is not int and kind is not float and kind not in self._numbers:
            return "null"
        try:
            text = float.__repr__(float(value))  # type: ignore[arg-type]
        except OverflowError:
            text = "inf" if value > 0 else "-inf"  # type: ignore[operator]
        # NaN and the infinities are no JSON numbers.
        return text if text[-1] not in "nf" else f'"{text}"'

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._looking:
            return
        if event == "sys.addaudithook":
            raise RuntimeError("audit hooks are closed while a notebook is graded")
        if not self._closed:
            self._audit_afterwards(event, arguments)
            return
        if event in _CLOSED or (event == "object.__setattr__" and arguments[1:2] == ("__code__",)):
            raise RuntimeError(f"{event} is closed while a test runs")
        if event == "sys._getframe" or (event == "object.__getattr__" and arguments[1] in _FRAMES):
            self._looking = True
            try:
                frame = _getframe(1)
                if frame.f_globals.get("__name__") == "logging" and frame.f_back is not None:
                    frame = frame.f_back
                while frame is not None and frame.f_globals.get("__name__") in _ASKING:
                    frame = frame.f_back
                known = frame is None or self._is_installed(frame.f_globals)
            finally:
                self._looking = False
            if not known:
                raise RuntimeError("the frames of other code are closed while a test runs")

    def _audit_afterwards(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse, between the tests, what would lead back into one of them."""
        if event == "object.__getattr__" and arguments[1] in _FRAMES:
            if self.aside(self._remains.are_behind, *arguments[:2]):
                raise RuntimeError("the frames of a test are closed")
        elif (
            event in _SEARCHES
            and not self._is_installed(_getframe(2).f_globals)
            and self.aside(self._remains.can_be_found)
        ):
            raise RuntimeError(f"{event} is closed after a test")

    def _is_installed(self, names: Mapping[str, Any]) -> bool:
        """Whether code with these globals belongs to an installed module, and not to the notebook."""
        module = sys.modules.get(names.get("__name__", ""))
        return id(names) in self._globals or (_is_from_prefix(module) and vars(module) is names)


def _is_sound() -> bool:
    """Whether the built-in types still know what is equal: code that writes to memory can make them forget."""
    return not any(_equal(one, other) or not _equal(one, one) for one, other in _UNLIKE)


def _is_from_prefix(module: object) -> bool:
    origin = getattr(getattr(module, "__spec__", None), "origin", None)
    return isinstance(origin, str) and origin.startswith((sys.prefix, sys.base_prefix))


def _line(error: BaseException, filename: str) -> int:
    """Return the line of the test at which the error left it."""
    trace, line = error.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


class _Checker:
    """Refuses objects whose class, made by the student and named by no test, sees what it is compared to."""

    def __init__(self, named: frozenset[str], known: Mapping[int, type]) -> None:
        self._named, self._known = named, known
        self._seen: dict[type, bool] = {}

    def check(self, value: Any) -> Any:
        """Return the value, or raise Refused."""
        if type(value) not in _PLAIN:
            self._look(value, 0, set())
        return value

    def _look(self, value: object, depth: int, seen: set[int]) -> None:
        kind = type(value)
        if kind not in self._seen:
            self._seen[kind] = self._tells(kind)
        if self._seen[kind]:
            raise Refused(f"an object of the class {_name(kind)} decides for itself what it is equal to")
        if kind is type or depth > _DEEPEST or id(value) in seen:
            return
        items = _items(value)
        if items is None:
            return
        seen.add(id(value))
        kinds = set(map(type, items))
        if not kinds.issubset(_PLAIN):
            for item in items:
                if type(item) not in _PLAIN:
                    self._look(item, depth + 1, seen)

    def _tells(self, kind: type) -> bool:
        for one in _mro(kind):
            if self._by_student(one):
                contents = _contents(one)
                if any(name in contents for name in _TELLING):
                    return True
        # A class may lie about its instances: look at the class of the class as well.
        meta = type(kind)
        return meta is not type and any(
            self._by_student(one) and any(name in _contents(one) for name in _TELLING) for one in _mro(meta)
        )

    def _by_student(self, kind: type) -> bool:
        if id(kind) in self._known or not _flags(kind) & _HEAP_TYPE or _name(kind) in self._named:
            return False
        module = sys.modules.get(_contents(kind).get("__module__", ""))
        return not (_is_from_prefix(module) and vars(module).get(_name(kind)) is kind)


def _name(kind: type, get: Any = type.__dict__["__name__"].__get__) -> str:
    return get(kind)[:60]


def _items(value: object) -> list[object] | None:
    """Return what a container holds, whatever its class says."""
    if isinstance(value, np.ndarray):
        return list(np.ndarray.ravel(value).tolist()) if value.dtype.hasobject else None
    if isinstance(value, dict):
        return [*dict.keys(value), *dict.values(value)]
    for kind in (list, tuple, set, frozenset):
        if isinstance(value, kind):
            return list(kind.__iter__(value))
    return None


def _classes() -> dict[int, type]:
    """Return all classes there are by their ids, which stay theirs as long as they are held here."""
    known: dict[int, type] = {}
    rest: list[type] = [object]
    while rest:
        kind = rest.pop()
        if id(kind) not in known:
            known[id(kind)] = kind
            rest += type.__subclasses__(kind)
    return known
