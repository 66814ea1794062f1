"""Attacks on ordinary test cells: notebooks that know no right answer, and earn a point where nothing stops them.

Each is a student's cell, the point's test, and perhaps a cell of the instructor's before them. The exercise is to
write `double`, and there is a `double` in every notebook, since a name that is missing is no attack.
"""

from __future__ import annotations

import sys

TEST = "assert double(2) == 4\nassert double(5) == 10"
#: A test that ends in a number of points.
PARTIAL = "score = sum(double(n) == 2 * n for n in range(1, 5)) / 4\nscore"
WRONG = "def double(number):\n    return 0\n"

_LIAR = """
class Liar:
    {methods}
def double(number):
    return Liar()
"""


def liar(*methods: str) -> str:
    return _LIAR.format(methods="\n    ".join(methods))


SHELL = {
    "an AST transformer that drops every assert": (
        WRONG
        + """
import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(Drop())
"""
    ),
    "an input transformer that empties cells": (
        WRONG + "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])"
    ),
    "an input transformer that comes last": (
        WRONG + "get_ipython().input_transformers_post.append(lambda lines: ['pass\\n'])"
    ),
    "a shell whose run_cell_async does nothing": (
        WRONG
        + """
import types
shell = get_ipython()
whole = shell.run_cell_async
async def nothing(self, raw_cell, *arguments, **options):
    return await whole("pass", *arguments, **{**options, "transformed_cell": "pass\\n"})
shell.run_cell_async = types.MethodType(nothing, shell)
"""
    ),
    "a shell whose run_code does nothing": (
        WRONG
        + """
import types
async def nothing(self, code, result=None, **options):
    return False
get_ipython().run_code = types.MethodType(nothing, get_ipython())
"""
    ),
    "a shell that shows no traceback": (
        WRONG
        + """
import types
shell = get_ipython()
async def quiet(self, code, result=None, *, async_=False):
    try:
        exec(code, self.user_global_ns, self.user_ns)
    except BaseException:
        pass
    return False
shell.run_code = types.MethodType(quiet, shell)
"""
    ),
    "a compiler of the shell's that leaves out what asserts": (
        WRONG
        + """
import ast, types
shell = get_ipython()
whole = shell.compile.ast_parse
def parse(self, source, *arguments, **options):
    tree = whole(source, *arguments, **options)
    if isinstance(tree, ast.Module):
        tree.body = [node for node in tree.body if not isinstance(node, ast.Assert)]
    return tree
shell.compile.ast_parse = types.MethodType(parse, shell.compile)
"""
    ),
    "a hook before each cell that answers from its source": (
        WRONG
        + """
import re
def learn(info):
    global double
    known = dict(re.findall(r"double\\((\\d+)\\) == (\\d+)", info.raw_cell))
    double = lambda number: int(known.get(str(number), 0))
get_ipython().events.register("pre_run_cell", learn)
"""
    ),
    "the instructor's source, read from In": (
        """
import re
def double(number):
    known = dict(re.findall(r"double\\((\\d+)\\) == (\\d+)", In[-1]))
    return int(known.get(str(number), 0))
"""
    ),
    "the instructor's source, read from linecache": (
        """
import linecache, re
def double(number):
    text = "".join("".join(entry[2]) for entry in linecache.cache.values() if len(entry) > 2)
    known = dict(re.findall(r"double\\((\\d+)\\) == (\\d+)", text))
    return int(known.get(str(number), 0))
"""
    ),
}

LANGUAGE = {
    "an object that equals everything": liar("def __eq__(self, other): return True"),
    "an object that differs from nothing and equals everything": liar(
        "__eq__ = lambda self, other: True", "__ne__ = lambda self, other: False"
    ),
    "a number of the student's own kind that equals everything": (
        """
class Liar(int):
    def __eq__(self, other):
        return True
def double(number):
    return Liar(0)
"""
    ),
    "a liar in the name of a module that is there": (
        liar("__eq__ = lambda self, other: True") + "Liar.__module__, Liar.__qualname__ = 'numpy', 'ndarray'"
    ),
    "a liar made by a metaclass that hides it": (
        """
class Hidden(type):
    __dict__ = {}
    __mro__ = (object,)
    def __getattribute__(cls, name):
        return getattr(int, name)
class Liar(metaclass=Hidden):
    def __eq__(self, other):
        return True
def double(number):
    return object.__new__(Liar)
"""
    ),
    "the expected value, read from the frame that asks": (
        """
import sys
def double(number):
    constants = [one for one in sys._getframe(1).f_code.co_consts if isinstance(one, int)]
    return constants[constants.index(number) + 1]
"""
    ),
    "the expected value, read from the frame of a traceback": (
        """
def double(number):
    try:
        raise ValueError
    except ValueError as error:
        frame = error.__traceback__.tb_frame.f_back
    constants = [one for one in frame.f_code.co_consts if isinstance(one, int)]
    return constants[constants.index(number) + 1]
"""
    ),
    "the expected value, read with the globals of another module": (
        """
import sys
room = {"__name__": "numpy"}
exec("import sys; caller = lambda: sys._getframe(2)", room)
def double(number):
    constants = [one for one in room["caller"]().f_code.co_consts if isinstance(one, int)]
    return constants[constants.index(number) + 1]
"""
    ),
    "the expected value, read with logging": (
        """
import logging
def double(number):
    constants = [one for one in logging.currentframe().f_back.f_code.co_consts if isinstance(one, int)]
    return constants[constants.index(number) + 1]
"""
    ),
    "the expected value, read with inspect": (
        """
import inspect
def double(number):
    constants = [one for one in inspect.currentframe().f_back.f_code.co_consts if isinstance(one, int)]
    return constants[constants.index(number) + 1]
"""
    ),
    "the expected value, found by the garbage collector": (
        """
import gc, types
def double(number):
    for one in gc.get_objects():
        for code in gc.get_referents(one) if isinstance(one, types.FrameType) else ():
            if isinstance(code, types.CodeType) and "double" in code.co_names and code.co_name == "<module>":
                constants = [two for two in code.co_consts if isinstance(two, int)]
                if number in constants:
                    return constants[constants.index(number) + 1]
    import sys
    constants = [two for two in sys._getframe(1).f_code.co_consts if isinstance(two, int)]
    return constants[constants.index(number) + 1]
"""
    ),
}

if sys.version_info >= (3, 12):
    LANGUAGE["the expected value, seen by a monitor"] = """
import sys
known = []
def line(code, number):
    if "double" in code.co_names:
        known[:] = [one for one in code.co_consts if isinstance(one, int)]
sys.monitoring.use_tool_id(3, "spy")
sys.monitoring.register_callback(3, sys.monitoring.events.LINE, line)
sys.monitoring.set_events(3, sys.monitoring.events.LINE)
def double(number):
    return known[known.index(number) + 1]
"""

#: These come with a test of their own, which judges with what they change.
PATCHES = {
    "builtins.abs that is always 0": (
        WRONG + "import builtins\nbuiltins.abs = lambda number: 0",
        "assert abs(double(2) - 4) < 1e-9",
    ),
    "a builtins.all that agrees": (
        WRONG + "import builtins\nbuiltins.all = lambda _: True",
        "assert all(double(n) == 2 * n for n in range(1, 3))",
    ),
    "builtins that IPython's cells see through __builtins__": (
        WRONG + "__builtins__ = {**vars(__import__('builtins')), 'abs': lambda number: 0}",
        "assert abs(double(2) - 4) < 1e-9",
    ),
    "numpy.allclose that agrees": (
        WRONG + "import numpy\nnumpy.allclose = lambda *_, **__: True",
        "import numpy as np\nassert np.allclose(double(2), 4)",
    ),
    "numpy.testing that raises nothing": (
        WRONG
        + "import numpy.testing\nnumpy.testing.assert_allclose = numpy.testing.assert_equal = lambda *_, **__: None",
        "import numpy as np\nnp.testing.assert_allclose(double(2), 4)\nnp.testing.assert_equal(double(2), 4)",
    ),
    "the code of numpy.isclose, replaced inside the function": (
        WRONG
        + "import numpy\nnumpy.isclose.__wrapped__.__code__ = (lambda a, b, rtol=1, atol=1, equal_nan=False: "
        "True).__code__",
        "import numpy as np\nassert np.allclose(double(2), 4)",
    ),
    "math.isclose that agrees": (
        WRONG + "import math\nmath.isclose = lambda *_, **__: True",
        "import math\nassert math.isclose(double(2), 4)",
    ),
    "unittest's methods that raise nothing": (
        WRONG + "import unittest\nunittest.TestCase.assertEqual = lambda *_: None",
        "from unittest import TestCase\nTestCase().assertEqual(double(2), 4)",
    ),
    "another module in the place of numpy": (
        WRONG
        + """
import sys, types
class Fake(types.ModuleType):
    def __getattr__(self, name):
        return lambda *_, **__: True
sys.modules["numpy"] = sys.modules["numpy.testing"] = Fake("numpy")
""",
        "import numpy as np\nassert np.array_equal([double(2)], [4])",
    ),
    "an import that gives other modules": (
        WRONG
        + """
import builtins, types
whole = builtins.__import__
class Fake(types.ModuleType):
    def __getattr__(self, name):
        return lambda *_, **__: True
builtins.__import__ = lambda name, *more: Fake(name) if name == "numpy" else whole(name, *more)
""",
        "import numpy as np\nassert np.array_equal([double(2)], [4])",
    ),
    "an object that NumPy asks what it equals": (
        liar("__array_function__ = lambda self, *_: True"),
        "import numpy as np\nassert np.allclose(double(2), 4)",
    ),
    "an object whose differences are 0": (
        liar("__sub__ = __rsub__ = lambda self, other: 0"),
        "assert abs(double(2) - 4) < 1e-9",
    ),
    "an object that is smaller than everything": (
        liar("__sub__ = __abs__ = lambda self, *_: self", "__lt__ = lambda self, other: True"),
        "assert abs(double(2) - 4) < 1e-9",
    ),
    "an object of every class": (
        liar("__class__ = property(lambda self: int)"),
        "assert isinstance(double(2), int)",
    ),
    "a list of objects that equal everything": (
        "class Liar:\n    __eq__ = lambda self, other: True\ndef double(number): return [Liar()]",
        "assert double(2) == [4]",
    ),
    "a container that holds everything": (
        liar("__contains__ = lambda self, other: True"),
        "assert 4 in double(2)",
    ),
    "a display hook that shows a number before the assert": (
        WRONG + "get_ipython().display_formatter.formatters['text/plain'].for_type(int, lambda *_: '1.0')",
        "double(2) == 4 and 1\n0",
    ),
    "a result that shows itself as a number": (
        """
class Points(float):
    __sub__ = __rsub__ = __pow__ = lambda self, *_: self
    __repr__ = lambda self: "1.0"
def double(number):
    return Points(0)
""",
        "1 - (double(2) - 4) ** 2",
    ),
    "a shell that shows no results": (
        WRONG + "get_ipython().display_trap.hook = lambda _: None",
        "0.0 + (double(2) == 4)",
    ),
    "a trace function that jumps over an assert": (
        WRONG
        + """
import sys
def jump(frame, event, argument):
    if frame.f_code.co_name == "grade" and event == "line" and frame.f_lineno == 2:
        frame.f_lineno = 3
    return jump
get_ipython().events.register("pre_run_cell", lambda *_: sys.settrace(jump))
sys.settrace(jump)
""",
        "def grade():\n    assert double(2) == 4\n    return 1\ngrade()",
    ),
    "a trace function that begins inside the test": (
        """
import sys
def jump(frame, event, argument):
    if event == "line" and frame.f_lineno == 3:
        frame.f_lineno = 4
    return jump
def double(number):
    try:
        frame = object.__getattribute__(sys, "_getframe")(1)
        frame.f_trace = jump
        sys.settrace(jump)
    except RuntimeError:
        pass
    return 0
""",
        "def grade():\n    found = double(2)\n    assert found == 4\n    return 1\ngrade()",
    ),
    "an alarm that comes while the test runs": (
        """
import signal, sys, time
def jump(frame, event, argument):
    if event == "line" and frame.f_lineno == 3:
        frame.f_lineno = 4
    return jump
def ring(number, frame):
    while frame is not None and frame.f_code.co_name != "grade":
        frame = frame.f_back
    frame.f_trace = jump
    sys.settrace(jump)
def double(number):
    time.sleep(0.2)
    return 0
signal.signal(signal.SIGALRM, ring)
get_ipython().events.register("pre_run_cell", lambda *_: signal.setitimer(signal.ITIMER_REAL, 0.1))
""",
        "def grade():\n    found = double(2)\n    assert found == 4\n    return 1\ngrade()",
    ),
    "a name of the instructor's, bound to something else": (
        WRONG + "class np:\n    allclose = lambda *_: True",
        "assert np.allclose(double(2), 4)",
    ),
    "an assert_equal of the instructor's, bound to something else": (
        WRONG + "def assert_equal(*_): pass",
        "assert_equal(double(2), 4)",
    ),
    "a builtin, shadowed in the notebook": (
        WRONG + "def abs(number): return 0",
        "assert abs(double(2) - 4) < 1e-9",
    ),
    "the test's expected value, bound anew by the function under test": (
        "def double(number):\n    globals()['expected'] = 0\n    return 0",
        "expected = 4\nfound = double(2)\nassert found == expected",
    ),
    "the test's score, bound anew by the function under test": (
        "def double(number):\n    globals()['score'] = 1\n    return 0",
        "score = 0\nfor number in (2, 5):\n    if double(number) == 2 * number:\n        score += 0.5\nscore",
    ),
    "the test's cases, emptied by the function under test": (
        "def double(number):\n    globals()['cases'].clear()\n    return 4",
        "cases = [(2, 4), (5, 10)]\nfor number, twice in cases:\n    assert double(number) == twice",
    ),
    "the test's own helper, bound anew by the function under test": (
        "def double(number):\n    globals()['same'] = lambda *_: True\n    return 0",
        "def same(a, b):\n    return a == b\nfound = double(2)\nassert same(found, 4)",
    ),
    "a module that the test imports, bound anew by the function under test": (
        """
def double(number):
    class np:
        allclose = lambda *_: True
    globals()["np"] = np
    return 0
""",
        "import numpy as np\nfound = double(2)\nassert np.allclose(found, 4)",
    ),
    "numpy.allclose, patched while the test runs": (
        "import numpy\ndef double(number):\n    numpy.allclose = lambda *_, **__: True\n    return 0",
        "import numpy as np\nfound = double(2)\nassert np.allclose(found, 4)",
    ),
    "what numpy.allclose calls, patched while the test runs": (
        "import numpy\ndef double(number):\n"
        "    numpy._core.numeric.isclose = lambda *_, **__: numpy.array(True)\n    return 0",
        "import numpy as np\nfound = double(2)\nassert np.allclose(found, 4)",
    ),
    "numpy.allclose, patched in a loop of the test": (
        "import numpy\ndef double(number):\n    numpy.allclose = lambda *_, **__: True\n    return 0",
        "import numpy as np\nfor number in (2, 5):\n    found = double(number)\n"
        "    assert np.allclose(found, 2 * number)",
    ),
    "the test's builtins, bound anew in its globals": (
        "def double(number):\n    globals()['abs'] = lambda _: 0\n    return 0",
        "found = double(2)\nassert abs(found - 4) < 1e-9",
    ),
}
