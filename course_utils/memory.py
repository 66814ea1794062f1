"""What `tf.tidy`, `tf.keep` and `tf.memory` give JavaScript, for TensorFlow in Python; and `leaks` for a loop.

Python frees a tensor by itself as soon as nothing refers to it any more: in eager mode its memory goes back, on a
graphics card too, when the last name, list or closure that holds it is gone. So there is no `dispose` here, and
nothing can take a tensor from somebody who still holds it. What is left to do is to let go of what is held without
need, and to see what is held: that is what this module does, and it says so where it cannot.

To count, all of Python's objects are walked over, which takes some hundredths of a second; within `tidy`, `leaks` and
`counting` that happens once. It is for looking and for tests, not for the inner loop of a training.
"""

from __future__ import annotations

import functools
import gc
import inspect
import itertools
import statistics
import sys
import types
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, overload

from course_utils.errors import CourseError
from course_utils.holders import holder

__all__ = ["Leaks", "Memory", "StillHeld", "Tidy", "counting", "keep", "leaks", "memory", "tidy"]

Result = TypeVar("Result")

# Tensors that `keep` has been told of, by id; an entry goes with its tensor.
_kept: dict[int, weakref.ref] = {}
# While counting: the tensors and variables among the objects that the collector has been told to pass over.
_passed_over: list[weakref.ref] | None = None


class StillHeld(UserWarning):
    """Tensors made in a `tidy` live on, though they were neither returned nor kept."""


@dataclass(frozen=True)
class Memory:
    """What lives now.

    Attributes:
        tensors: how many tensors that hold numbers, beside variables.
        variables: how many `tf.Variable`s: weights, and what an optimizer keeps of each.
        bytes: by device, such as {"CPU:0": 1024}: what shapes and dtypes add up to, variables included. Tensors that
            share one piece of memory are counted each; texts are not counted.
        pools: by graphics card, the bytes in use as TensorFlow itself counts them; empty without one. A card's memory
            stays with TensorFlow when tensors go, so other programs see it as taken.
    """

    tensors: int
    variables: int
    bytes: dict[str, int] = field(default_factory=dict)
    pools: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """The bytes on all devices together."""
        return sum(self.bytes.values())

    def __str__(self) -> str:
        places = ", ".join(f"{size(count)} on {device}" for device, count in sorted(self.bytes.items()))
        pools = "".join(f"; {device} in use: {size(count)}" for device, count in sorted(self.pools.items()))
        return f"{_count(self.tensors, 'tensor')}, {_count(self.variables, 'variable')}: {places or '0 bytes'}{pools}"


def memory() -> Memory:
    """Count the tensors and variables that live now, and their bytes on each device.

    Raises `CourseError` inside a `tf.function`, where tensors are symbols without memory.
    """
    import tensorflow as tf

    _need_eager("memory()")
    tensors, variables = _living()
    by_device: dict[str, int] = {}
    for one in (*tensors, *variables):
        device = _device(one.device)
        by_device[device] = by_device.get(device, 0) + _bytes(one)
    pools = {
        _device(card.name): int(tf.config.experimental.get_memory_info(_device(card.name))["current"])
        for card in tf.config.list_logical_devices("GPU")
    }
    return Memory(len(tensors), len(variables), by_device, pools)


@contextmanager
def counting() -> Iterator[None]:
    """A block within which `memory` takes microseconds, however many objects there were before.

    Python's collector is told to pass over those (`gc.freeze`), so that garbage among them waits until the end.
    """
    global _passed_over
    if _passed_over is not None:
        yield
        return
    _pass_over()
    try:
        yield
    finally:
        _passed_over = None
        gc.unfreeze()


def _pass_over() -> None:
    global _passed_over
    tensors, variables = _living()
    _passed_over = [weakref.ref(one) for one in (*tensors, *variables)]
    gc.freeze()


def _holders(references: list[weakref.ref]) -> list[str]:
    """What holds these tensors, in words; the collector, which is asked for it, must see all objects again."""
    global _passed_over
    frozen = _passed_over is not None
    if frozen:
        _passed_over = None
        gc.unfreeze()
    names = [name for one in references if (name := holder(one)) is not None]
    if frozen:
        _pass_over()
    return names


def keep(value: Result) -> Result:
    """Let every tensor in `value`, nested as it may be, outlive the `tidy` that it is made in; returns `value`."""
    for tensor in _tensors_in(value):
        number = id(tensor)
        _kept[number] = weakref.ref(tensor, lambda _, number=number: _kept.pop(number, None))
    return value


@overload
def tidy(function: Callable[..., Result]) -> Callable[..., Result]: ...
@overload
def tidy(function: None = None) -> Tidy: ...
def tidy(function: Callable[..., Any] | None = None) -> Any:
    """Let go of the tensors that a function, or a block, makes on its way.

    As a decorator, `@tidy`: the tensors in what the function returns live on, and those given to `keep`; all others
    are let go, those in reference cycles too, which Python alone would clear much later.

    As a block, `with tidy():`, at the top level of a notebook or a module: names that the block gave to tensors are
    deleted at its end, as is a list, tuple or dictionary of them. Inside a function the names belong to the function
    and last until it returns: use the decorator there.

    Blocks nest. A tensor that something else still holds, such as a list from before the block, cannot be freed: a
    warning (`StillHeld`) says how many and by what. Variables are never touched.

    Raises `CourseError` inside a `tf.function`, whose tensors the graph itself frees.
    """
    if function is None:
        return Tidy()

    @functools.wraps(function)
    def tidied(*arguments: Any, **options: Any) -> Any:
        with Tidy() as block:
            block.result = function(*arguments, **options)
        return block.__dict__.pop("result")

    return tidied


class Tidy:
    """One `with tidy():` block; `held` then lists what holds tensors that should have gone."""

    def __init__(self) -> None:
        self.result: Any = None
        self.held: list[str] = []
        self._before: dict[int, weakref.ref] = {}
        self._names: dict[str, int] | None = None
        self._counting = counting()

    def __call__(self, function: Callable[..., Result]) -> Callable[..., Result]:
        """`@tidy()` is `@tidy`."""
        return tidy(function)

    def __enter__(self) -> Tidy:
        _need_eager("tidy()")
        if (names := _top_level_names(sys._getframe(1))) is not None:
            self._names = {name: id(value) for name, value in names.items()}
        self._counting.__enter__()
        self._before = {id(tensor): weakref.ref(tensor) for tensor in _living()[0]}
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        spared = {id(tensor) for tensor in _tensors_in(self.result)}
        if self._names is not None:
            self._forget(sys._getframe(1).f_globals, spared)
        try:
            left = self._left(spared)
            if left:
                gc.collect()
                left = self._left(spared)
        finally:
            self._counting.__exit__(None, None, None)
        if kind is None and left:
            self._tell(left)

    def _forget(self, namespace: dict[str, Any], spared: set[int]) -> None:
        """Delete the names that were bound since the block began and that lead to its tensors."""
        assert self._names is not None
        for name, value in list(namespace.items()):
            if self._names.get(name) == id(value):
                continue
            tensors = _tensors_in(value)
            if tensors and all(self._is_mine(tensor, spared) for tensor in tensors):
                del namespace[name]

    def _is_mine(self, tensor: Any, spared: set[int]) -> bool:
        """Whether the tensor was made in this block and nobody asked to spare it."""
        known = self._before.get(id(tensor))
        old = known is not None and known() is tensor
        return not old and id(tensor) not in spared and id(tensor) not in _kept

    def _left(self, spared: set[int]) -> list[weakref.ref]:
        return [weakref.ref(tensor) for tensor in _living()[0] if self._is_mine(tensor, spared)]

    def _tell(self, left: list[weakref.ref]) -> None:
        """Warn of tensors held by anything but the running functions, which let go when they return."""
        names = _holders(left)
        self.held, count = sorted(set(names)), len(names)
        if count:
            message = (
                f"{_count(count, 'tensor')} made in a tidy still held by {', '.join(self.held)}: "
                "Python frees a tensor only when nothing refers to it. Return it, keep() it, or let it go."
            )
            warnings.warn(message, StillHeld, stacklevel=_frames_here() + 1)


def _top_level_names(frame: types.FrameType) -> dict[str, Any] | None:
    """The names of a notebook's or module's top level; None in a function."""
    # Never ask a function's frame for f_locals: the answer is kept, and holds on to all it names.
    if frame.f_code.co_flags & inspect.CO_OPTIMIZED or frame.f_locals is not frame.f_globals:
        return None
    return frame.f_globals


def leaks(turns: int | Iterable[Any]) -> Leaks:
    """Watch a loop: `for batch in leaks(batches):` or, for so many turns, `for turn in leaks(20):`.

    Keep the object, `watch = leaks(20)`, and `print(watch)` after the loop: it says how many tensors each turn leaves
    behind, how many bytes, and what holds them. The first two turns do not count: models build themselves in them.

    Raises `CourseError` inside a `tf.function`.
    """
    return Leaks(range(turns) if isinstance(turns, int) else turns)


class Leaks:
    """What a watched loop leaves behind, turn by turn.

    Attributes:
        counts: living tensors and variables, before the loop and after each turn.
        sizes: their bytes.
    """

    _WARM_UP = 2
    _MOST_ASKED = 20

    def __init__(self, turns: Iterable[Any]) -> None:
        self._turns = turns
        self.counts: list[int] = []
        self.sizes: list[int] = []
        self._new: list[weakref.ref] = []

    def __iter__(self) -> Iterator[Any]:
        self.counts, self.sizes, self._new = [], [], []
        with counting():
            self._look()
            old: set[int] = set()
            for turn in self._turns:
                if len(self.counts) == self._WARM_UP + 1:
                    old = {id(tensor) for tensor in _living()[0]}
                yield turn
                self._look()
            self._new = [weakref.ref(tensor) for tensor in _living()[0] if id(tensor) not in old]

    def _look(self) -> None:
        gc.collect()
        now = memory()
        self.counts.append(now.tensors + now.variables)
        self.sizes.append(now.total)

    @property
    def held(self) -> list[str]:
        """What holds the tensors that were left, in words."""
        if self.tensors_a_turn <= 0:
            return []
        named = set(_holders(self._new[: self._MOST_ASKED]))
        # The last turn's own variables are there as well: what grows is called by its container.
        return sorted({name for name in named if not name.startswith("the name ")} or named)

    @property
    def turns(self) -> int:
        """How often the loop went round."""
        return max(0, len(self.counts) - 1)

    @property
    def tensors_a_turn(self) -> int:
        """Tensors that a turn leaves behind: the median over the turns after the first two; 0 of three or fewer."""
        return self._growth(self.counts)

    @property
    def bytes_a_turn(self) -> int:
        """The same in bytes."""
        return self._growth(self.sizes)

    def _growth(self, values: list[int]) -> int:
        later = values[self._WARM_UP :]
        return round(statistics.median(b - a for a, b in itertools.pairwise(later))) if len(later) > 1 else 0

    def __str__(self) -> str:
        if self.turns <= self._WARM_UP:
            return (
                f"{_count(self.turns, 'turn')}: too few to tell, let the loop go round at least three times"
            )
        if self.tensors_a_turn <= 0:
            return f"{self.turns} turns: nothing is left behind"
        held = self.held
        by = f", held by {', '.join(held)}" if held else ""
        left = _count(self.tensors_a_turn, "tensor")
        return f"{self.turns} turns: each leaves {left} ({size(self.bytes_a_turn)}) behind{by}"


def size(count: int) -> str:
    """Bytes for people: "512 bytes", "1.5 kB", "2.0 MB" (a kB is 1,000 bytes)."""
    if count < 1000:
        return _count(count, "byte")
    for unit, scale in (("kB", 1e3), ("MB", 1e6), ("GB", 1e9)):
        if count < 999.95 * scale or unit == "GB":
            return f"{count / scale:.1f} {unit}"
    raise AssertionError


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _frames_here() -> int:
    """How many frames of this module the call went through, so that a warning names the line outside."""
    frame, count = sys._getframe(1), 0
    while frame is not None and frame.f_globals is globals():
        frame, count = frame.f_back, count + 1
    return count


def _need_eager(call: str) -> None:
    import tensorflow as tf

    if tf.inside_function() or not tf.executing_eagerly():
        raise CourseError(
            f"{call} works on eager tensors. Inside a tf.function a tensor is a symbol, and the graph frees its memory "
            "by itself: call it outside, around the call of the tf.function."
        )


def _living() -> tuple[list[Any], list[Any]]:
    """The living tensors that hold values, and the variables; a variable's handle is no tensor of its own."""
    tensor_type, variable_types = _tensor_type(), _variable_types()
    # By exact type: asking odd objects for their class can run their code.
    found = [one for one in gc.get_objects() if type(one) is tensor_type or type(one) in variable_types]
    found += [one for reference in _passed_over or () if (one := reference()) is not None]
    tensors = [
        one for one in found if type(one) is tensor_type and one.dtype.name not in ("resource", "variant")
    ]
    variables = [one for one in found if type(one) in variable_types]
    return tensors, variables


@functools.cache
def _tensor_type() -> type:
    import tensorflow as tf

    return type(tf.constant(0))


def _variable_types() -> set[type]:
    """The classes of variables; those made while a graph is traced, as optimizers do, have one of their own."""
    import tensorflow as tf

    found: set[type] = set()
    new = {tf.Variable}
    while new:
        found |= new
        new = {below for one in new for below in type.__subclasses__(one)} - found
    return found


def _tensors_in(value: Any) -> list[Any]:
    """The eager tensors in nested lists, tuples, sets and dictionaries."""
    if isinstance(value, types.ModuleType | type | types.FunctionType):
        return []
    if type(value) is _tensor_type():
        return [value]
    if isinstance(value, dict):
        return [tensor for one in value.values() for tensor in _tensors_in(one)]
    if isinstance(value, list | tuple | set | frozenset):
        return [tensor for one in value for tensor in _tensors_in(one)]
    return []


def _bytes(one: Any) -> int:
    if one.dtype.name == "string":
        return 0
    shape = one.shape
    return (shape.num_elements() or 0) * one.dtype.size


def _device(name: str) -> str:
    """ "CPU:0" of "/job:localhost/replica:0/task:0/device:CPU:0"."""
    return ":".join(name.rsplit(":", 2)[-2:]) if name else "CPU:0"
