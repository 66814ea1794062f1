"""A demo of a page as a cell of its notebook: the call of the widget that runs the same module."""

from __future__ import annotations

import importlib
import inspect
import json

from course_utils.book.myst import Directive, MystMistake

_WIDTH = 88


def widget_code(demo: Directive, path: str) -> str | None:
    """The code that shows *demo* in a notebook, or None for a demo that is no widget.

    Raises:
        MystMistake: the demo's data are not what its widget takes.
    """
    widgets = importlib.import_module("course_utils.widgets")
    name = demo.argument.replace("-", "_")
    if name not in widgets.__all__:
        return None
    try:
        data = json.loads(demo.text("data") or "{}")
        inspect.signature(getattr(widgets, name)).bind(**data)
    except (json.JSONDecodeError, TypeError) as error:
        raise MystMistake(path, demo.line, f"widgets.{name} cannot take the demo's data: {error}") from error
    return f"from course_utils import widgets\n\n{_call(f'widgets.{name}', data)}"


def _call(function: str, data: dict[str, object]) -> str:
    arguments = [f"{key}={value!r}" for key, value in data.items()]
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{function}(", *(f"    {argument}," for argument in arguments), ")"])
