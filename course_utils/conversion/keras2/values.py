"""The values inside a Keras 2 config: what old versions and TensorFlow.js wrapped in JSON, unwrapped and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course_utils.errors import CourseError

# How deep a config may nest; the deepest real ones (models in models in wrappers) need some forty levels.
_DEEPEST = 200


class Damaged(CourseError):
    """The config is not what any version of Keras writes."""


def unwrapped(value: Any, depth: int = 0) -> Any:
    """`value` without the wrappings that Keras 2's JSON puts around arrays, tuples and shapes.

    Raises Damaged where it nests deeper than any model does.
    """
    if depth > _DEEPEST:
        raise Damaged("The model's config nests too deep to be one: save the model again.")
    if isinstance(value, list | tuple):
        return [unwrapped(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "ndarray" and "value" in value:  # Keras up to 2.2: a NumPy number or array
        return unwrapped(value["value"], depth + 1)
    if value.get("class_name") in ("__tuple__", "TensorShape", "ListWrapper") and "items" in value:
        return unwrapped(value["items"], depth + 1)
    if value.get("class_name") == "__numpy__" and isinstance(value.get("config"), dict):
        return unwrapped(value["config"].get("value"), depth + 1)
    return {key: unwrapped(item, depth + 1) for key, item in value.items()}


def mapping(value: Any, what: str) -> dict[str, Any]:
    """`value`, which has to be a JSON object."""
    if not isinstance(value, Mapping):
        raise Damaged(f"The config of {what} is damaged (it is no JSON object): save the model again.")
    return dict(value)


def text(value: Any, what: str) -> str:
    """`value`, which has to be a name."""
    if not isinstance(value, str) or not value:
        raise Damaged(f"{what} is damaged (it is no name): save the model again.")
    return value


def shape(value: Any, what: str) -> list[int | None]:
    """`value`, which has to be a shape: sizes, or null where a size is open."""
    if not isinstance(value, list) or not value or not all(_is_size(size) for size in value):
        raise Damaged(f"The input shape of {what} is damaged: save the model again.")
    return [None if size is None or size == -1 else int(size) for size in value]


def _is_size(size: Any) -> bool:
    return (
        size is None
        or (type(size) is int and -1 <= size < 2**31)
        or (type(size) is float and size.is_integer())
    )
