"""Plain data: what a student's answer becomes before anybody judges it.

Only numbers, text, truth values, None, lists, dictionaries with text keys and NumPy arrays of numbers leave
the student's side. Everything else is reduced to the name of its type. The same data travels as JSON,
exactly: arrays go as their bytes, and NaN and the infinities survive.
"""

import base64
import binascii
import json
import math
from typing import Any

import numpy as np

from course_utils.errors import CourseError

#: More numbers than this in one answer are described, not kept.
MOST_NUMBERS = 1_000_000
_LONGEST_TEXT = 300
_LONGEST_LIST = 10_000
_DEEPEST = 12
_DTYPES = frozenset(
    [
        "bool",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "float32",
        "float64",
    ]
)


def describe(value: object, depth: int = 0) -> dict[str, Any]:
    """Return what can be told of `value` in plain data.

    The dictionary has `type`, a few words for people, and, where the value is made of numbers, `value`: a
    number or an array. A tuple or a list has `items` as well, each described the same way.
    """
    if value is None:
        return {"type": "None"}
    if type(value) is bool or isinstance(value, np.bool_):
        return {"type": "truth value", "value": bool(value)}
    if type(value) is int and abs(value) < 2**63:
        return {"type": "number", "value": value}
    if type(value) is float:
        return {"type": "number", "value": value}
    if isinstance(value, str):
        return {"type": "text", "value": str(value)[:_LONGEST_TEXT]}
    if isinstance(value, np.ndarray):
        return _array(value, "array")
    if isinstance(value, np.generic):
        return _array(np.asarray(value), "number")
    if isinstance(value, list | tuple):
        return _sequence(value, depth)
    if _is_tensor(value):
        return _array(np.asarray(value), "tensor")
    return {"type": f"object of type {type(value).__name__[:60]}"}


def to_json(data: object) -> str:
    """Write collected data as one line of JSON, without loss."""
    return json.dumps(_pack(data, 0), allow_nan=False)


def from_json(text: str) -> Any:
    """Read what `to_json` wrote. Raises CourseError for anything that it would not have written."""
    try:
        return _unpack(json.loads(text, parse_constant=_refuse_constant), 0)
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error) as error:
        raise CourseError(
            f"collected data could not be read: {type(error).__name__}: {str(error)[:200]}"
        ) from error


def _is_tensor(value: object) -> bool:
    module = type(value).__module__
    return module.startswith(("tensorflow", "keras")) and hasattr(value, "__array__")


def _array(value: np.ndarray, kind: str) -> dict[str, Any]:
    value = np.asarray(value)
    if value.dtype.name not in _DTYPES:
        return {"type": f"{kind} that does not hold numbers"}
    if value.size > MOST_NUMBERS:
        return {"type": f"{kind} of {value.size} numbers, too many to look at"}
    if kind == "number":
        return {"type": kind, "value": value.item()}
    return {"type": kind, "value": np.array(value)}


def _sequence(value: list | tuple, depth: int) -> dict[str, Any]:
    kind = "tuple" if isinstance(value, tuple) else "list"
    if len(value) > _LONGEST_LIST:
        return {"type": f"{kind} of {len(value)} things, too many to look at"}
    if depth >= _DEEPEST:
        return {"type": f"{kind} within {depth} others"}
    items = [describe(item, depth + 1) for item in value]
    described: dict[str, Any] = {"type": kind, "items": items}
    numbers = [item.get("value") for item in items]
    if items and all(isinstance(item, int | float) and not isinstance(item, bool) for item in numbers):
        described["value"] = np.array(numbers, dtype=np.float64)
    return described


def _pack(data: object, depth: int) -> object:  # noqa: C901 - one line a type
    if depth > 4 * _DEEPEST:
        raise CourseError("collected data is nested too deeply to be written")
    if data is None or isinstance(data, bool | str):
        return data
    if isinstance(data, np.ndarray):
        if data.dtype.name not in _DTYPES:
            raise CourseError(f"an array of {data.dtype} is not plain data")
        # Little-endian, in C order, whatever the machine.
        block = np.ascontiguousarray(data, dtype=data.dtype.newbyteorder("<"))
        encoded = base64.b64encode(block.tobytes()).decode("ascii")
        return {"$array": encoded, "dtype": data.dtype.name, "shape": list(data.shape)}
    if isinstance(data, np.generic):
        return _pack(data.item(), depth)
    if isinstance(data, int):
        return data
    if isinstance(data, float):
        return data if math.isfinite(data) else {"$float": repr(data)}
    if isinstance(data, list | tuple):
        return [_pack(item, depth + 1) for item in data]
    if isinstance(data, dict):
        for key in data:
            if not isinstance(key, str) or key.startswith("$"):
                raise CourseError(f"{key!r} cannot be a name in plain data")
        return {key: _pack(item, depth + 1) for key, item in data.items()}
    raise CourseError(f"a {type(data).__name__} is not plain data")


def _unpack(data: Any, depth: int) -> Any:
    if depth > 4 * _DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(data, list):
        return [_unpack(item, depth + 1) for item in data]
    if not isinstance(data, dict):
        return data
    if "$float" in data:
        if data["$float"] not in ("nan", "inf", "-inf") or len(data) != 1:
            raise ValueError("not a number's name")
        return float(data["$float"])
    if "$array" in data:
        return _unpack_array(data)
    return {key: _unpack(item, depth + 1) for key, item in data.items()}


def _unpack_array(data: dict[str, Any]) -> np.ndarray:
    shape = data["shape"]
    if set(data) != {"$array", "dtype", "shape"} or data["dtype"] not in _DTYPES:
        raise ValueError("not an array of numbers")
    if not isinstance(shape, list) or len(shape) > 8 or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError("not a shape")
    dtype = np.dtype(data["dtype"])
    size = math.prod(shape)
    block = base64.b64decode(data["$array"], validate=True)
    if size > MOST_NUMBERS or len(block) != size * dtype.itemsize:
        raise ValueError("the bytes do not fill the shape")
    return np.frombuffer(block, dtype=dtype.newbyteorder("<")).astype(dtype).reshape(shape)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
