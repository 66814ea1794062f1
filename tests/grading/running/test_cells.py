"""Students' cells run as in a notebook, and what they say comes out as nbformat has it."""

from __future__ import annotations

import base64
import re

import nbformat
import pytest

from course_utils.grading.jobs import Limits, Outcome, Ran
from course_utils.grading.warm import WarmParent
from tests.grading.running.notebooks import run, said


def kinds(outcome: Outcome, cell: int = -1) -> list[str]:
    return [output["output_type"] for output in outcome.cells[cell].outputs]


def valid(outcome: Outcome) -> bool:
    """Whether nbformat takes the outputs."""
    cells = [
        nbformat.v4.new_code_cell(outputs=[nbformat.from_dict(dict(output)) for output in cell.outputs])
        for cell in outcome.cells
    ]
    nbformat.validate(nbformat.v4.new_notebook(cells=cells))
    return True


def test_text_and_results_come_in_order(parent: WarmParent) -> None:
    outcome = run(
        parent, "import sys\nprint('one')\nprint('two')\nprint('bad', file=sys.stderr)\nprint('three')\n2 + 2"
    )
    assert kinds(outcome) == ["stream", "stream", "stream", "execute_result"]
    assert said(outcome.cells[0]) == "one\ntwo\n\nbad\n\nthree\n\n4"
    assert valid(outcome)


def test_rich_objects_keep_all_their_forms(parent: WarmParent) -> None:
    source = "from IPython.display import HTML, JSON, display\ndisplay(HTML('<b>x</b>'))\ndisplay(JSON({'a': [1]}))"
    first, second = run(parent, source).cells[0].outputs
    assert first["data"]["text/html"] == "<b>x</b>"
    assert second["data"]["application/json"] == {"a": [1]}


def test_figures_are_drawn_inline(parent: WarmParent) -> None:
    source = (
        "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots(figsize=(1, 1))\naxes.plot([1, 2]);"
    )
    outcome = run(parent, source, "%matplotlib inline\nplt.plot([1])")
    assert base64.b64decode(outcome.cells[0].outputs[0]["data"]["image/png"]).startswith(b"\x89PNG")
    assert kinds(outcome) == ["execute_result", "display_data"]
    assert valid(outcome)


def test_an_error_is_told_with_its_traceback_and_the_rest_goes_on(parent: WarmParent) -> None:
    outcome = run(parent, "def half(n):\n    return n / 0\nhalf(2)", "print('after')")
    (output,) = outcome.cells[0].outputs
    assert (output["ename"], output["evalue"]) == ("ZeroDivisionError", "division by zero")
    assert "half(2)" in re.sub(r"\x1b\[[\d;]*m", "", "".join(output["traceback"]))
    assert (outcome.cells[0].ran, outcome.cells[0].error) == (
        Ran.ERROR,
        "ZeroDivisionError: division by zero",
    )
    assert said(outcome.cells[1]) == "after\n"
    assert (outcome.ran, valid(outcome)) == (Ran.OK, True)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("%%capture heard\nprint('quiet')", ""),
        ("!echo from the shell", "from the shell"),
        ("import asyncio\nawait asyncio.sleep(0.01)\n'awaited'", "'awaited'"),
        ("import asyncio\nlater = asyncio.get_running_loop()\nlater.is_running()", "True"),
        ("print(__name__)", "__main__"),
        ("input('a number: ')", "StdinNotImplementedError"),
        ("exit()\nprint('goes on')", "goes on"),
        ("import sys\nsys.exit(3)", "SystemExit"),
        ("def broken(:", "SyntaxError"),
        ("In[1][:5], _ih[-1][:5], 7", "('In[1]', 'In[1]', 7)"[:4]),
        ("get_ipython().kernel is not None", "True"),
        ("import os\nos.environ['NBGRADER_EXECUTION']", "'autograde'"),
        ("class Loud:\n    def __repr__(self):\n        raise ValueError('no name')\nLoud()", "no name"),
    ],
)
def test_a_cell_works_as_in_a_notebook(parent: WarmParent, source: str, shown: str) -> None:
    assert shown in "".join(
        [*run(parent, source).cells[0].error.splitlines()[:1], said(run(parent, source).cells[0])]
    )


def test_an_output_is_cleared_and_a_display_updated(parent: WarmParent) -> None:
    clear = """
from IPython.display import clear_output, display
for step in range(3):
    clear_output(wait=True)
    print("step", step)
"""
    update = """
shown = display("first", display_id=True)
shown.update("second")
"""
    outcome = run(parent, clear, update)
    assert said(outcome.cells[0]) == "step 2\n"
    assert said(outcome.cells[1]) == "'second'"


def test_what_asyncio_began_goes_on_between_cells(parent: WarmParent) -> None:
    begin = "import asyncio\ndone = []\nasync def work():\n    done.append(1)\ntask = asyncio.ensure_future(work())"
    assert said(run(parent, begin, "done").cells[1]) == "[1]"


def test_output_is_cut_at_the_limit_and_the_cell_goes_on(parent: WarmParent) -> None:
    source = "for _ in range(100_000):\n    print('x' * 99)\nfinished = True"
    outcome = run(parent, source, "finished", limits=Limits(output=100_000, cell_seconds=20))
    assert 40_000 < len(said(outcome.cells[0])) < 110_000
    assert "beyond 0.095 MB is left out" in said(outcome.cells[0])
    assert outcome.cells[1].ran is Ran.OK


def test_text_beside_python_s_own_streams_breaks_nothing(parent: WarmParent) -> None:
    write = "import os\nos.write(1, b'{\"done\": 1}\\n')\nos.write(2, b'\\xff\\n')"
    source = f"{write}\nos.system('echo shell')\nprint('fine')"
    assert said(run(parent, source).cells[0]).startswith("fine\n")


def test_strange_text_can_be_saved(parent: WarmParent) -> None:
    outcome = run(parent, "print('\\ud800 \\x00 é')\nraise ValueError('\\udfff')")
    assert said(outcome.cells[0]).encode("utf-8").startswith(b"? \x00 \xc3\xa9")
    assert valid(outcome)


def test_the_same_seed_computes_the_same(parent: WarmParent) -> None:
    source = "import random, numpy\nrandom.random(), float(numpy.random.rand())"
    first, second, other = (run(parent, source, seed=seed).cells[0] for seed in (1, 1, 2))
    assert said(first) == said(second) != said(other)


def test_a_submission_leaves_nothing_for_the_next(parent: WarmParent) -> None:
    run(parent, "import builtins, sys\nbuiltins.mine = sys.mine = 1\nleft = 1\nget_ipython().mine = 1")
    look = "import builtins, sys\n[hasattr(p, 'mine') for p in (builtins, sys, get_ipython())], 'left' in globals()"
    assert said(run(parent, look).cells[0]) == "([False, False, False], False)"
