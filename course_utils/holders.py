"""Who holds an object: the name of the list, the attribute or the closure that keeps it alive, in words."""

from __future__ import annotations

import gc
import sys
import types
import weakref
from typing import Any

# How far to follow a container to something that has a name.
_DEEPEST = 4
_VAGUE = ("a list", "a set", "a dict")


def holder(reference: weakref.ref) -> str | None:
    """What keeps the object alive, such as "the list history"; None where only running functions do.

    Objects that are gone have no holder either.
    """
    target = reference()
    if target is None:
        return None
    return _named(target, _DEEPEST, {id(sys._getframe())})


def _named(target: Any, depth: int, passed: set[int]) -> str | None:
    passed = {*passed, id(target), id(sys._getframe())}
    names: list[str] = []
    for one in gc.get_referrers(target):
        if id(one) in passed or isinstance(one, types.FrameType):
            continue
        name = _of(one, target, depth, passed)
        if name:
            names.append(name)
    # A name that says where is worth more than one that only says what.
    return min(names, key=lambda name: (name in _VAGUE, len(name)), default=None)


def _of(one: Any, target: Any, depth: int, passed: set[int]) -> str | None:
    """What to call `one`, which refers to `target`."""
    kind = type(target).__name__
    if isinstance(one, dict):
        return _of_dict(one, target, depth, passed, kind)
    if isinstance(one, types.CellType):
        return "a closure: a function that was defined inside another one"
    if isinstance(one, list | tuple | set):
        found = _named(one, depth - 1, passed) if depth > 1 else None
        return found or (f"a {type(one).__name__}" if not isinstance(one, tuple) else None)
    if isinstance(one, types.FunctionType):
        return f"a default value of {one.__name__}()"
    attribute = next((name for name, value in _attributes(one).items() if value is target), None)
    return f"the attribute {attribute} of a {type(one).__name__}" if attribute else None


def _of_dict(one: dict, target: Any, depth: int, passed: set[int], kind: str) -> str | None:
    key = next((name for name, value in one.items() if value is target), None)
    if key is None:
        return None
    if "__name__" in one and "__builtins__" in one:  # the names of a module or a notebook
        what = "the name" if kind == "EagerTensor" else f"the {kind}"
        return f"{what} {key}"
    owner = next((who for who in gc.get_referrers(one) if getattr(who, "__dict__", None) is one), None)
    if owner is not None:
        return f"the attribute {key} of a {type(owner).__name__}"
    found = _named(one, depth - 1, passed) if depth > 1 else None
    return found or "a dict"


def _attributes(one: Any) -> dict[str, Any]:
    try:
        return vars(one)
    except TypeError:
        return {}
