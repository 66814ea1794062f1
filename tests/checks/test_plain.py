"""Plain data: what a student's answer is reduced to, and how it travels."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_strategies

from course_utils.checks.plain import MOST_NUMBERS, describe, from_json, to_json
from course_utils.errors import CourseError

DTYPES = ["bool", "int8", "int64", "uint16", "float16", "float32", "float64"]
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: numpy_strategies.arrays(
        np.dtype(dtype), numpy_strategies.array_shapes(min_dims=0, min_side=0)
    )
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.floats(allow_nan=False), st.text(), ARRAYS
)
DATA = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text().filter(lambda key: not key.startswith("$")), inner, max_size=3),
    ),
    max_leaves=8,
)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and one == other


@given(DATA)
def test_data_come_back_as_they_were(data: Any) -> None:
    text = to_json(data)
    assert "\n" not in text
    assert same(data, from_json(text))


def test_nan_and_the_infinities_come_back() -> None:
    data = from_json(to_json([float("nan"), float("inf"), float("-inf"), np.float32(2)]))
    assert np.isnan(data[0])
    assert data[1:] == [float("inf"), float("-inf"), 2.0]


@pytest.mark.parametrize(
    "thing", [object(), {1: 2}, {"$array": 1}, {1, 2}, np.array([object()]), lambda: 1, 1j]
)
def test_what_is_not_plain_is_not_written(thing: object) -> None:
    with pytest.raises(CourseError):
        to_json(thing)


ARRAY = {"$array": "AAAAAAAA8D8=", "dtype": "float64", "shape": [1]}


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "{",
        "NaN",
        "[" * 1000 + "]" * 1000,
        json.dumps({**ARRAY, "shape": [2]}),
        json.dumps({**ARRAY, "shape": [-1]}),
        json.dumps({**ARRAY, "shape": [True]}),
        json.dumps({**ARRAY, "shape": [MOST_NUMBERS, MOST_NUMBERS]}),
        json.dumps({**ARRAY, "shape": "1"}),
        json.dumps({**ARRAY, "dtype": "object"}),
        json.dumps({**ARRAY, "dtype": ["float64"]}),
        json.dumps({**ARRAY, "$array": "not base64!"}),
        json.dumps({"$array": "AAAA"}),
        json.dumps({"$float": "1e999"}),
        json.dumps({"$float": ["nan"]}),
    ],
)
def test_forged_data_are_refused(forged: str) -> None:
    with pytest.raises(CourseError, match="could not be read"):
        from_json(forged)


def test_answers_are_described_by_kind() -> None:
    assert describe(None) == {"type": "None"}
    assert describe(True) == {"type": "truth value", "value": True}
    assert describe(np.float32(2)) == {"type": "number", "value": 2.0}
    assert describe("x" * 1000)["value"] == "x" * 300
    assert describe([1, 2.5])["value"].tolist() == [1.0, 2.5]
    assert "value" not in describe([[1, 2], [3]])
    assert describe(np.zeros((2, 1)))["value"].shape == (2, 1)
    assert describe(np.zeros(MOST_NUMBERS + 1)).keys() == {"type"}
    assert describe(np.array(["a"])).keys() == {"type"}
    assert describe(object()) == {"type": "object of type object"}
    assert describe(10**400) == {"type": "object of type int"}


def test_a_list_that_holds_itself_is_described() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert to_json(describe(endless))


def test_an_array_is_copied_at_once() -> None:
    array = np.zeros(2)
    described = describe(array)
    array[:] = 1
    assert described["value"].tolist() == [0.0, 0.0]
