"""Recurrent layers written out step by step compute what they do in a loop; what has to stay a loop runs too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from course_utils.conversion.formats import TFJS_GRAPH
from course_utils.conversion.graph import write
from course_utils.conversion.graph.freezing import freeze
from course_utils.conversion.proof.runtimes import BACKENDS, Job, run
from course_utils.conversion.unrolling import MAX_UNROLL, unrolled
from tests.conversion.layer_models import faults

WORDS = np.array([[1, 2, 3, 0, 0], [0, 4, 0, 5, 6], [0, 0, 0, 0, 0], [1, 1, 2, 0, 4]], np.int32)
KINDS = [layers.LSTM, layers.GRU, layers.SimpleRNN]


def drawn(model: keras.Model) -> keras.Model:
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(scale=0.5, size=weight.shape) for weight in model.get_weights()])
    return model


def sequential(*parts: keras.layers.Layer) -> keras.Model:
    return drawn(
        keras.Sequential([layers.Input((5,), dtype="int32"), layers.Embedding(8, 4, mask_zero=True), *parts])
    )


def compare(model: keras.Model, inputs: list[np.ndarray]) -> None:
    """The frozen graph has no loop and gives exactly what the model gives."""
    frozen = freeze(model)
    assert not {node.op for node in frozen.graph_def.node} & {"While", "StatelessWhile"}
    assert not frozen.recurrence.loops
    got = frozen.function(*map(tf.constant, inputs))
    for wanted, output in zip(
        keras.tree.flatten(model(inputs if len(inputs) > 1 else inputs[0])), got, strict=True
    ):
        np.testing.assert_allclose(output, wanted, rtol=0, atol=2e-7)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sequences", [True, False])
@pytest.mark.parametrize("backwards", [True, False])
def test_masked(kind: type[layers.RNN], sequences: bool, backwards: bool) -> None:
    compare(sequential(kind(3, return_sequences=sequences, go_backwards=backwards)), [WORDS])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sequences", [True, False])
@pytest.mark.parametrize("mode", ["concat", "sum"])
def test_masked_in_both_directions(kind: type[layers.RNN], sequences: bool, mode: str) -> None:
    compare(sequential(layers.Bidirectional(kind(3, return_sequences=sequences), merge_mode=mode)), [WORDS])


def test_a_masked_backward_layer_that_zeroes_its_outputs() -> None:
    compare(
        sequential(layers.LSTM(3, return_sequences=True, go_backwards=True, zero_output_for_mask=True)),
        [WORDS],
    )


def test_states_in_and_out_nested_and_stacked() -> None:
    sequence, state = keras.Input((4, 3)), keras.Input((5,))
    inner = keras.Sequential([layers.Input((4, 5)), layers.RNN([layers.LSTMCell(2), layers.GRUCell(3)])])
    outputs, last = layers.GRU(5, return_sequences=True, return_state=True, reset_after=False)(
        sequence, initial_state=state
    )
    model = drawn(keras.Model([sequence, state], [inner(outputs), last]))
    rng = np.random.default_rng(1)
    compare(model, [rng.normal(size=(2, 4, 3)).astype("float32"), rng.normal(size=(2, 5)).astype("float32")])


def test_a_layer_that_is_called_twice_keeps_its_name_and_its_weights() -> None:
    one, two, shared = keras.Input((4, 3)), keras.Input((6, 3)), layers.LSTM(2, name="shared")
    model = drawn(keras.Model([one, two], [shared(one), shared(two)]))
    weights = [id(weight) for weight in model.weights]
    frozen = freeze(model)
    assert frozen.recurrence.notes() == ("shared was unrolled over 6 steps.",)
    assert [id(weight) for weight in model.weights] == weights
    assert shared.unroll is False
    assert "inner_loop" not in vars(shared)


def test_the_model_is_as_before_when_tracing_fails() -> None:
    model = sequential(layers.LSTM(3, name="memory"))
    with pytest.raises(RuntimeError), unrolled(model):
        raise RuntimeError
    layer = model.get_layer("memory")
    assert (layer.unroll, layer.use_cudnn) == (False, "auto")
    assert "inner_loop" not in vars(layer)


def test_time_distributed_is_one_node_not_one_a_step() -> None:
    model = drawn(keras.Sequential([layers.Input((7, 6, 6, 2)), layers.TimeDistributed(layers.Conv2D(3, 3))]))
    compare(model, [np.random.default_rng(0).normal(size=(2, 7, 6, 6, 2)).astype("float32")])
    assert sum(node.op == "Conv2D" for node in freeze(model).graph_def.node) == 1


def test_time_distributed_leaves_a_layer_that_mixes_examples_to_keras() -> None:
    mixing = layers.Lambda(lambda x: x - keras.ops.mean(x, axis=0, keepdims=True), output_shape=(3,))
    model = keras.Sequential([layers.Input((4, 3)), layers.TimeDistributed(mixing)])
    compare(model, [np.random.default_rng(0).normal(size=(5, 4, 3)).astype("float32")])


#: Loops, whose sequences have any length or too many steps.
LOOPS: dict[str, Callable[[], keras.Model]] = {
    "LSTM": lambda: keras.Sequential([layers.Input((None, 3)), layers.LSTM(5, name="any")]),
    "GRU": lambda: keras.Sequential([layers.Input((None, 3)), layers.GRU(5, name="any")]),
    "masked": lambda: keras.Sequential(
        [layers.Input((None, 3)), layers.Masking(), layers.Bidirectional(layers.GRU(5))]
    ),
    "long": lambda: keras.Sequential([layers.Input((MAX_UNROLL + 1, 3)), layers.SimpleRNN(5, name="any")]),
}


def test_loops_run_and_the_user_is_told(tmp_path: Path) -> None:
    jobs, expected, notes = [], [], {}
    for name, build in LOOPS.items():
        model = drawn(build())
        steps = model.inputs[0].shape[1] or 7
        inputs = [np.random.default_rng(2).normal(size=(4, steps, 3)).astype("float32")]
        notes[name] = write(model, tmp_path / name).notes
        expected.append((name, [model(inputs[0]).numpy()]))
        jobs += [Job(TFJS_GRAPH, tmp_path / name, inputs, backend) for backend in BACKENDS]
    results = iter(run(jobs))
    for name, outputs in expected:
        for backend in BACKENDS:
            result = next(results)
            assert faults(outputs, result, backend) == [], name
            assert result.asynchronous
    assert "Run it with model.executeAsync, for any takes sequences of any length" in notes["LSTM"][0]
    assert f"any takes {MAX_UNROLL + 1} steps, more than the {MAX_UNROLL}" in notes["long"][0]
