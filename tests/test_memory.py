"""`course_utils.memory`: what it lets go, what it keeps, what it counts, and what it says where it cannot help."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
import types
import warnings
import weakref
from typing import Any

import pytest
import tensorflow as tf

from course_utils.errors import CourseError
from course_utils.memory import StillHeld, counting, keep, leaks, memory, size, tidy


def at_top_level(code: str, **names: Any) -> dict[str, Any]:
    """Run code as a notebook's cell is run, and return its names."""
    module = types.ModuleType("a_notebook")
    vars(module).update(names, tf=tf, tidy=tidy, keep=keep)
    exec(compile(code, "cell", "exec"), vars(module))
    return vars(module)


@pytest.fixture(autouse=True)
def no_warning_is_overlooked() -> Any:
    gc.collect()
    with warnings.catch_warnings():
        warnings.simplefilter("error", StillHeld)
        yield


def test_what_a_function_makes_on_its_way_is_gone_and_its_result_is_not() -> None:
    made = []

    @tidy
    def double(x: tf.Tensor) -> dict[str, Any]:
        between = x + 1
        circle: list[Any] = [between]
        circle.append(circle)  # Python alone frees this when its collector happens to come by
        made.append(weakref.ref(between))
        return {"doubled": [between * 2]}

    gc.disable()
    try:
        before = memory().tensors
        result = double(tf.ones(3))
        assert made[0]() is None
        assert memory().tensors == before + 1
    finally:
        gc.enable()
    assert result["doubled"][0].numpy().tolist() == [4, 4, 4]
    assert double.__name__ == "double"


def test_a_block_lets_go_of_the_names_that_it_gave_to_tensors() -> None:
    names = at_top_level(
        "old = tf.ones(3)\n"
        "model_name = 'm'\n"
        "with tidy():\n"
        "    one = old + 1\n"
        "    several = {'a': [one * 2], 'b': (one * 3,)}\n"
        "    same = old\n"
        "    number = 5\n"
        "    total = keep(tf.reduce_sum(one))\n"
    )
    assert {"one", "several"} & set(names) == set()
    assert {"old", "same", "number", "total", "model_name"} <= set(names)
    assert names["total"].numpy() == 6


def test_a_name_that_gets_another_tensor_in_the_block_goes_too_as_in_javascript() -> None:
    names = at_top_level("total = tf.zeros(3)\nwith tidy():\n    total = total + 1\n")
    assert "total" not in names


def test_blocks_nest_and_what_is_kept_outlives_all_of_them() -> None:
    names = at_top_level(
        "seen = []\n"
        "with tidy():\n"
        "    outer = tf.ones(2)\n"
        "    with tidy():\n"
        "        inner = outer * 2\n"
        "        kept = keep(outer * 3)\n"
        "    seen += ['inner' in globals(), 'outer' in globals()]\n"
    )
    assert names["seen"] == [False, True]
    assert "outer" not in names
    assert names["kept"].numpy().tolist() == [3, 3]


def test_an_inner_function_s_result_belongs_to_the_outer_one() -> None:
    inner = tidy(lambda x: x * 2)
    reference: list[weakref.ref] = []

    @tidy
    def outer(x: tf.Tensor) -> tf.Tensor:
        between = inner(x)
        reference.append(weakref.ref(between))
        assert between.numpy().tolist() == [2]
        return between + 1

    assert outer(tf.ones(1)).numpy().tolist() == [3]
    assert reference[0]() is None


def test_what_somebody_else_holds_is_named() -> None:
    with pytest.warns(StillHeld, match=r"1 tensor made in a tidy still held by the list history"):
        names = at_top_level("history = []\nwith tidy() as block:\n    history.append(tf.ones(3))\n")
    assert names["block"].held == ["the list history"]
    assert len(names["history"]) == 1, "it cannot be taken from its holder"


def test_the_warning_points_at_the_caller_s_line() -> None:
    class Recorder:
        def __init__(self) -> None:
            self.losses: list[tf.Tensor] = []

    recorder = Recorder()
    with pytest.warns(StillHeld, match="the attribute losses of a Recorder") as caught:
        tidy(lambda: recorder.losses.append(tf.ones(2)))()
    assert caught[0].filename == __file__


def test_a_block_inside_a_function_leaves_its_names_and_does_not_complain() -> None:
    def work() -> float:
        with tidy():
            inner = tf.ones(2) * 4
        return float(inner[0])

    assert work() == 4


def test_after_an_error_the_names_are_gone_and_the_error_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        at_top_level("with tidy():\n    a = tf.ones(2)\n    1 / 0\n")


def test_memory_counts_tensors_variables_and_bytes_and_sees_them_go() -> None:
    before = memory()
    picture = tf.zeros((10, 100), tf.float32)
    weight = tf.Variable(tf.zeros((5, 5), tf.float16))
    texts = tf.constant(["a", "bc"])
    now = memory()
    assert now.tensors == before.tensors + 2, "the handle of a variable is none"
    assert now.variables == before.variables + 1
    assert now.total == before.total + 4000 + 50
    assert "CPU:0" in now.bytes
    assert str(now).startswith(f"{now.tensors} tensor")
    assert now.pools == {}, (
        "there is no graphics card here" if not tf.config.list_physical_devices("GPU") else ""
    )
    del picture, weight, texts
    assert memory() == before


def test_counting_is_exact_and_quick_and_leaves_the_collector_as_it_was() -> None:
    old = tf.ones(10)
    frozen = gc.get_freeze_count()
    with counting():
        before = memory()
        new = tf.ones(5)
        with counting(), tidy():
            assert memory().total == before.total + 20
        start = time.process_time()
        for _ in range(10):
            memory()
        assert time.process_time() - start < 0.1, "a walk over all objects takes longer than that each time"
        del old
        assert memory().tensors == before.tensors
    assert gc.get_freeze_count() == frozen
    assert memory().tensors == before.tensors
    del new


def test_holders_are_found_within_a_watched_loop_too() -> None:
    with pytest.warns(StillHeld, match="held by the list history"):
        names = at_top_level(
            "history = []\n"
            "for turn in (watch := leaks(4)):\n"
            "    with tidy():\n"
            "        history.append(tf.ones(turn + 1))\n",
            leaks=leaks,
        )
    assert (names["watch"].tensors_a_turn, names["watch"].held) == (1, ["the list history"])


def test_a_block_holds_on_to_nothing_itself() -> None:
    def work() -> weakref.ref:
        with tidy():
            inner = tf.ones(2)
        return weakref.ref(inner)

    gc.disable()
    try:
        assert work()() is None
    finally:
        gc.enable()


def test_bytes_are_told_by_device() -> None:
    code = (
        "import tensorflow as tf\n"
        "cpu = tf.config.list_physical_devices('CPU')[0]\n"
        "two = [tf.config.LogicalDeviceConfiguration()] * 2\n"
        "tf.config.set_logical_device_configuration(cpu, two)\n"
        "from course_utils.memory import memory\n"
        "with tf.device('CPU:1'):\n"
        "    there = tf.zeros(250) + 1\n"
        "here = tf.zeros(25)\n"
        "found = memory().bytes\n"
        "assert found == {'CPU:1': 1000, 'CPU:0': 100}, found\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]


def test_a_loop_that_holds_on_is_found_and_its_holder_named() -> None:
    history, x = [], tf.ones(100)
    for _ in (watch := leaks(6)):
        loss = x * 2
        history.append(loss)
    assert (watch.turns, watch.tensors_a_turn, watch.bytes_a_turn) == (6, 1, 400)
    assert str(watch) == "6 turns: each leaves 1 tensor (400 bytes) behind, held by a list"


def test_the_list_is_called_by_its_name_where_it_has_one() -> None:
    names = at_top_level(
        "history = []\nfor turn in (watch := leaks([1, 2, 3, 4])):\n    history.append(tf.ones(turn))\n",
        leaks=leaks,
    )
    assert names["watch"].held == ["the list history"]


def test_closures_attributes_and_default_values_are_found() -> None:
    def make() -> Any:
        held = tf.ones(2)
        return lambda: held

    functions = []
    for _ in (watch := leaks(4)):
        functions.append(make())
    assert watch.held == ["a closure: a function that was defined inside another one"]

    def collect(value: float, seen: list = []) -> None:  # noqa: B006 - the mistake that is to be found
        seen.append(tf.fill((3,), value))

    for turn in (watch := leaks(4)):
        collect(float(turn))
    assert watch.held == ["a default value of collect()"]


def test_a_loop_that_lets_go_is_found_clean() -> None:
    variable = tf.Variable(tf.ones(4))
    for turn in (watch := leaks(5)):
        variable.assign_add(tf.fill((4,), float(turn)))
    assert (watch.tensors_a_turn, watch.held) == (0, [])
    assert str(watch) == "5 turns: nothing is left behind"


def test_what_a_model_builds_in_its_first_turns_is_no_leak() -> None:
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    for _ in (watch := leaks(5)):
        model.train_on_batch(tf.ones((4, 3)), tf.ones((4, 1)))
    assert watch.counts[-1] > watch.counts[0]
    assert watch.tensors_a_turn == 0


def test_too_few_turns_tell_nothing() -> None:
    for _ in (watch := leaks(2)):
        pass
    assert "too few to tell" in str(watch)
    assert watch.tensors_a_turn == 0


@pytest.mark.parametrize("call", [memory, lambda: tidy(lambda: 1)(), lambda: list(leaks(3))])
def test_inside_a_graph_a_clear_error(call: Any) -> None:
    with pytest.raises(CourseError, match=r"Inside a tf\.function a tensor is a symbol.*call it outside"):
        tf.function(call, autograph=False)()


def test_around_a_graph_it_works() -> None:
    graph = tf.function(lambda x: x * 2)
    assert tidy(graph)(tf.ones(2)).numpy().tolist() == [2, 2]


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "1 byte"), (999, "999 bytes"), (1500, "1.5 kB"), (999_960, "1.0 MB"), (2 * 10**9, "2.0 GB")],
)
def test_bytes_are_said_for_people(count: int, text: str) -> None:
    assert size(count) == text
