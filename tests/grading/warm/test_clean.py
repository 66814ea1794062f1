"""A child of a warm parent is as clean as a process that was just started, TensorFlow included."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from course_utils.grading.jobs import Limits
from course_utils.grading.warm import WarmParent
from tests.grading.warm.asking import ask, warm_parent

MEGABYTE = 2**20


@pytest.fixture(scope="module")
def parent() -> Iterator[WarmParent]:
    with warm_parent(environment={"COURSE_COLOUR": "green"}) as started:
        yield started


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmParent]:
    with warm_parent(imports=("tensorflow", "keras", "numpy")) as started:
        yield started


def test_it_has_folders_and_variables_of_its_own(parent: WarmParent, monkeypatch: pytest.MonkeyPatch) -> None:
    code = """
import os, tempfile
names = 'HOME', 'TMPDIR', 'IPYTHONDIR', 'JUPYTER_RUNTIME_DIR', 'MPLCONFIGDIR', 'KERAS_HOME'
answer = [[os.environ[name] for name in names], os.getcwd(), os.listdir('.'), dict(os.environ), tempfile.gettempdir()]
"""
    monkeypatch.setenv("COURSE_CLASS_SECRET", "never to be seen")
    with parent.spawn() as child:
        folders, work, files, variables, temporary = ask(child, code)
    top = work.rpartition("/")[0]
    assert all(folder.startswith(top) for folder in folders)
    assert (files, temporary) == ([], f"{top}/tmp")
    assert variables["COURSE_COLOUR"] == "green"
    assert "COURSE_CLASS_SECRET" not in variables


def test_it_has_nothing_of_its_parents(parent: WarmParent) -> None:
    code = """
import asyncio, gc, os, signal, sys, threading
handled = [n for n in signal.valid_signals() if callable(signal.getsignal(n)) and n != signal.SIGINT]
answer = {
    'handled': handled,
    'interrupt': signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    'blocked': len(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
    'threads': threading.active_count(),
    'collects': gc.isenabled(),
    'leads its session': os.getsid(0) == os.getpid(),
    'loop': asyncio._get_running_loop() is None,
    'input': sys.stdin.read() if sys.stdin else '',
    'null': [os.readlink(f'/proc/self/fd/{n}') for n in range(3)],
}
"""
    with parent.spawn() as child:
        found = ask(child, code)
    assert found == {
        "handled": [],
        "interrupt": True,
        "blocked": 0,
        "threads": 1,
        "collects": True,
        "leads its session": True,
        "loop": True,
        "input": "",
        "null": ["/dev/null"] * 3,
    }


RANDOM = """
import random, numpy, keras, tensorflow
answer = [random.random(), numpy.random.rand(), float(keras.random.normal((1,))[0]),
          float(tensorflow.random.normal((1,))[0]), hash('words'),
          keras.layers.Dense(1)(numpy.ones((1, 2))).numpy().tolist()]
"""


def test_random_numbers_begin_at_the_seed(warm: WarmParent) -> None:
    drawn = []
    for seed in (7, 7, 8, None, None):
        with warm.spawn(seed=seed) as child:
            drawn.append(ask(child, RANDOM))
    assert drawn[0] == drawn[1]
    unseeded = [numbers[:2] for numbers in drawn[1:]]
    assert all(len({numbers[place] for numbers in unseeded}) == 4 for place in (0, 1))
    assert all(drawn[0][place] != drawn[2][place] for place in (2, 3, 5))


def test_tensorflow_has_run_nothing_and_works_within_the_memory(warm: WarmParent) -> None:
    code = """
import keras, numpy, os, tensorflow
from tensorflow.python.eager import context
answer = {'begun': context.context()._initialized, 'threads': len(os.listdir('/proc/self/task'))}
tensorflow.config.threading.set_intra_op_parallelism_threads(1)
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
model.compile('sgd', 'mse')
model.fit(numpy.arange(6.0)[:, None], 2 * numpy.arange(6.0), epochs=2, verbose=0)
answer |= {'more threads': len(os.listdir('/proc/self/task')) - answer['threads']}
"""
    with warm.spawn(limits=Limits(memory=512 * MEGABYTE, threads=1)) as child:
        found = ask(child, code)
        assert ask(child, f"numpy.ones({1024 * MEGABYTE}).size").startswith("MemoryError: Unable to allocate")
        assert ask(child, "float(tensorflow.reduce_sum(tensorflow.ones(3)))") == 3
        child.stream.close()
        ended = child.wait(30)
    assert (found["begun"], found["threads"]) == (False, 1)
    # One for each of TensorFlow's pools, and its own few.
    assert found["more threads"] <= 8
    assert 30 * MEGABYTE < ended.peak_memory < 512 * MEGABYTE
    assert 0 < ended.cpu_seconds < 60
