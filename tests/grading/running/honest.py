"""Honest notebooks with ordinary test cells, in all the ways in which instructors write these.

Each is the cells before the test, the test, and what it earns of 1 point.
"""

from __future__ import annotations

from typing import Any

from tests.grading.running.notebooks import a_test, locked

_DOUBLE = "def double(number):\n    return 2 * number"

HONEST: dict[str, tuple[list[Any], str, float]] = {
    "asserts": ([_DOUBLE], "assert double(2) == 4\nassert double(5) == 10", 1),
    "an assert that fails": ([_DOUBLE], "assert double(2) == 5", 0),
    "a message beside an assert": ([_DOUBLE], "assert double(2) == 4, 'twice 2 is 4'", 1),
    "partial credit": ([_DOUBLE], "score = 0.0\nif double(2) == 4:\n    score += 0.25\nscore", 0.25),
    "partial credit in a loop": (
        [_DOUBLE],
        "score = 0\nfor number in range(4):\n    if double(number) == number ** 2:\n        score += 0.25\nscore",
        0.5,
    ),
    "partial credit in one expression": ([_DOUBLE], "sum(double(n) == n * n for n in range(4)) / 4", 0.5),
    "a value that is hidden by a semicolon": ([_DOUBLE], "0.5;", 1),
    "a truth value, which nbgrader takes for full marks": ([_DOUBLE], "double(2) == 5", 1),
    "text at the end": ([_DOUBLE], "'well done'", 1),
    "nothing but a comment": ([_DOUBLE], "# graded by hand", 1),
    "a helper in the test": (
        [_DOUBLE],
        "def check(number, expected):\n    assert double(number) == expected\ncheck(2, 4)\ncheck(5, 10)",
        1,
    ),
    "a helper of the instructor's": (
        [locked("def check(number, expected):\n    assert double(number) == expected"), _DOUBLE],
        "check(2, 4)",
        1,
    ),
    "a helper of an earlier test": (
        [_DOUBLE, a_test("def same(a, b):\n    return a == b")],
        "assert same(double(2), 4)",
        1,
    ),
    "a variable of an earlier test": (
        [_DOUBLE, a_test("cases = [(2, 4), (5, 10)]")],
        "for n, m in cases:\n    assert double(n) == m",
        1,
    ),
    "a variable of an earlier test that failed": (
        [_DOUBLE, a_test("n = 2\nassert double(n) == 5")],
        "assert double(n) == 4",
        1,
    ),
    "imports in the test": (
        [_DOUBLE],
        "import math\nfrom random import randint\nn = randint(1, 9)\nassert math.isclose(double(n), 2 * n)",
        1,
    ),
    "an import that the student's function needs as well": (
        ["def root(number):\n    return math.sqrt(number)"],
        "import math\nassert math.isclose(root(2) ** 2, 2)",
        1,
    ),
    "an import of everything": ([_DOUBLE], "from math import *\nassert isclose(double(pi), 2 * pi)", 1),
    "a global of the instructor's that the test changes": (
        [locked("rate = 1"), "def scaled(number):\n    return rate * number"],
        "rate = 3\nassert scaled(2) == 6",
        1,
    ),
    "a function of the student's that the test takes away, as in nbgrader's own example": (
        [
            "def squares(n):\n    return [i ** 2 for i in range(1, n + 1)]\ndef total(n):\n    return sum(squares(n))"
        ],
        """
kept = squares
del squares
try:
    total(1)
except NameError:
    pass
else:
    raise AssertionError("total does not use squares")
finally:
    squares = kept
""",
        1,
    ),
    "a function of the student's that the test replaces": (
        [
            "def squares(n):\n    return [i ** 2 for i in range(1, n + 1)]\ndef total(n):\n    return sum(squares(n))"
        ],
        "kept = squares\nsquares = lambda n: [1]\ntry:\n    assert total(9) == 1\nfinally:\n    squares = kept",
        1,
    ),
    "an input that the test answers": (
        ["def ask():\n    return 2 * int(input('a number: '))"],
        "import builtins\nkept = builtins.input\nbuiltins.input = lambda prompt: '21'\n"
        "try:\n    assert ask() == 42\nfinally:\n    builtins.input = kept",
        1,
    ),
    "an input that the test answers by its name": (
        ["def ask():\n    return 2 * int(input('a number: '))"],
        "input = lambda prompt: '21'\nassert ask() == 42",
        1,
    ),
    "what the function prints": (
        ["def greet():\n    print('hello')"],
        "import io\nfrom contextlib import redirect_stdout\nheard = io.StringIO()\n"
        "with redirect_stdout(heard):\n    greet()\nassert heard.getvalue() == 'hello\\n'",
        1,
    ),
    "an exception that is expected": (
        ["def half(number):\n    if number % 2:\n        raise ValueError('odd')\n    return number // 2"],
        "try:\n    half(3)\nexcept ValueError as error:\n    assert 'odd' in str(error)\nelse:\n    assert False",
        1,
    ),
    "a class that compares itself, named in the test": (
        [
            """
class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y
    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)
    def __eq__(self, other):
        return (self.x, self.y) == (other.x, other.y)
"""
        ],
        "assert Vector(1, 2) + Vector(3, 4) == Vector(4, 6)",
        1,
    ),
    "a named tuple and an enumeration that no test names": (
        [
            """
from collections import namedtuple
from enum import Enum
Point = namedtuple("Point", "x y")
class Colour(Enum):
    RED = 1
def found():
    return Point(1, 2)
def colour():
    return Colour.RED
"""
        ],
        "assert found() == (1, 2)\nassert found().x == 1\nassert colour().value == 1",
        1,
    ),
    "arrays": (
        ["import numpy as np\ndef double(numbers):\n    return 2 * np.asarray(numbers)"],
        "import numpy as np\nassert np.allclose(double([1, 2]), [2, 4])\n"
        "np.testing.assert_array_equal(double([3]), [6])\n"
        "assert double([1, 2]).shape == (2,)\nassert (double([1]) == np.array([2])).all()\n"
        "assert isinstance(double([1]), np.ndarray)",
        1,
    ),
    "a number of NumPy's at the end": (
        [_DOUBLE],
        "import numpy as np\nnp.mean([double(1) == 2, double(2) == 5])",
        0.5,
    ),
    "unittest": ([_DOUBLE], "import unittest\nunittest.TestCase().assertEqual(double(2), 4)", 1),
    "a name of the student's like a builtin": (
        ["def double(number):\n    return sum([number, number])\nlist = [1]"],
        "assert double(2) == 4",
        1,
    ),
    "a magic": ([_DOUBLE], "%xmode plain\nassert double(2) == 4", 1),
    "a shell command": ([_DOUBLE], "!true\nassert double(2) == 4", 1),
    "await": (
        ["import asyncio\nasync def double(number):\n    await asyncio.sleep(0)\n    return 2 * number"],
        "assert await double(2) == 4",
        1,
    ),
    "warnings and text on stderr": (
        [
            "import sys, warnings\ndef double(number):\n    warnings.warn('careful')\n"
            "    print('log', file=sys.stderr)\n    return 2 * number"
        ],
        "assert double(2) == 4",
        1,
    ),
    "too many points": ([_DOUBLE], "3", 1),
    "points below 0": ([_DOUBLE], "-1", 0),
    "points that are no number": ([_DOUBLE], "float('nan')", 0),
    "points without end": ([_DOUBLE], "10 ** 400", 1),
    "annotations": (
        [_DOUBLE],
        "expected: int = 4\nfound: int\nfound = double(2)\nassert found == expected",
        1,
    ),
    "a data class in the test": (
        [_DOUBLE],
        "from dataclasses import dataclass\n@dataclass\nclass Case:\n    n: int\n    twice: int\n"
        "for case in [Case(1, 2), Case(2, 4)]:\n    assert double(case.n) == case.twice\n"
        "assert Case(1, 2) == Case(1, 2)",
        1,
    ),
    "comprehensions, lambdas and loops with one word for several things": (
        [_DOUBLE],
        "n = 3\nassert [double(n) for n in range(3)] == [0, 2, 4]\nassert n == 3\n"
        "twice = lambda n: double(n)\nassert list(map(twice, [n])) == [6]\nfor n in range(2):\n    pass\nassert n == 1",
        1,
    ),
    "globals that the test looks up": (
        [_DOUBLE],
        "expected = 4\nassert 'double' in globals()\nassert globals()['expected'] == double(2)",
        1,
    ),
    "the source of the student's function": (
        [_DOUBLE],
        "import inspect\nassert 'return' in inspect.getsource(double)",
        1,
    ),
    "a pattern match": (
        [_DOUBLE],
        "match double(2):\n    case 4:\n        points = 1\n    case other:\n        points = 0\npoints",
        1,
    ),
}
