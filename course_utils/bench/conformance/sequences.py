"""Recurrent layers for the conformance table: the cells, what wraps them, states, and masks."""

from __future__ import annotations

import keras
from keras import layers

from course_utils.bench.conformance.building import connected, stacked
from course_utils.bench.conformance.case import Case

STEPS = (10, 4)
WORDS = (10,)
BEFORE = {"reset_after": False}


def _masked(*rest: object) -> list[keras.Layer]:
    return [layers.Embedding(12, 4, mask_zero=True), *rest]


def _decoder(source: keras.KerasTensor, target: keras.KerasTensor) -> keras.KerasTensor:
    _, *state = layers.LSTM(5, return_state=True)(layers.Embedding(12, 4, mask_zero=True)(source))
    read = layers.Embedding(9, 4, mask_zero=True)(target)
    return layers.Dense(3)(layers.LSTM(5, return_sequences=True)(read, initial_state=state))


_CELLS = [
    stacked("Recurrent", "SimpleRNN", lambda: layers.SimpleRNN(5), STEPS),
    stacked(
        "Recurrent",
        "SimpleRNN, relu, sequences",
        lambda: layers.SimpleRNN(5, activation="relu", return_sequences=True),
        STEPS,
    ),
    stacked(
        "Recurrent", "SimpleRNN, hard_sigmoid", lambda: layers.SimpleRNN(5, activation="hard_sigmoid"), STEPS
    ),
    stacked("Recurrent", "LSTM", lambda: layers.LSTM(5), STEPS),
    stacked(
        "Recurrent", "LSTM, sequences, any length", lambda: layers.LSTM(5, return_sequences=True), (None, 4)
    ),
    stacked(
        "Recurrent",
        "LSTM, backwards, no bias",
        lambda: layers.LSTM(5, go_backwards=True, use_bias=False),
        STEPS,
    ),
    stacked(
        "Recurrent", "LSTM, hard_sigmoid", lambda: layers.LSTM(5, recurrent_activation="hard_sigmoid"), STEPS
    ),
    stacked("Recurrent", "LSTM, dropout", lambda: layers.LSTM(5, dropout=0.2, recurrent_dropout=0.3), STEPS),
    stacked("Recurrent", "LSTM, stateful", lambda: layers.LSTM(5, stateful=True), STEPS, batch=4),
    stacked("Recurrent", "GRU, reset before", lambda: layers.GRU(5, **BEFORE), STEPS),
    stacked(
        "Recurrent",
        "GRU, reset before, hard_sigmoid",
        lambda: layers.GRU(5, "hard_sigmoid", "hard_sigmoid", **BEFORE),
        STEPS,
    ),
    stacked("Recurrent", "GRU", lambda: layers.GRU(5), STEPS),
    stacked("Recurrent", "RNN of a cell", lambda: layers.RNN(layers.LSTMCell(5)), STEPS),
    stacked(
        "Recurrent",
        "RNN of stacked cells",
        lambda: layers.RNN([layers.LSTMCell(5), layers.GRUCell(3, **BEFORE)]),
        STEPS,
    ),
    stacked("Recurrent", "ConvLSTM2D", lambda: layers.ConvLSTM2D(3, 3), (4, 6, 5, 2)),
    stacked(
        "Recurrent",
        "ConvLSTM2D, same, sequences, hard_sigmoid",
        lambda: layers.ConvLSTM2D(
            3, 2, padding="same", return_sequences=True, recurrent_activation="hard_sigmoid"
        ),
        (4, 6, 5, 2),
    ),
    stacked("Recurrent", "ConvLSTM1D", lambda: layers.ConvLSTM1D(3, 3), (4, 6, 2)),
    connected("Recurrent", "LSTM, states", lambda x: layers.LSTM(5, return_state=True)(x), STEPS),
    connected(
        "Recurrent",
        "GRU, given state",
        lambda x, h: layers.GRU(5, return_sequences=True, **BEFORE)(x, initial_state=h),
        STEPS,
        (5,),
    ),
    connected(
        "Recurrent",
        "LSTM, given states",
        lambda x, h, c: layers.LSTM(5)(x, initial_state=[h, c]),
        STEPS,
        (5,),
        (5,),
    ),
    connected(
        "Recurrent",
        "RNN of stacked cells, states",
        lambda x: keras.tree.flatten(
            layers.RNN([layers.LSTMCell(5), layers.SimpleRNNCell(3)], return_state=True)(x)
        ),
        STEPS,
    ),
]

_WRAPPED = [
    *(
        stacked(
            "Wrappers",
            f"Bidirectional LSTM, {mode}",
            lambda mode=mode: layers.Bidirectional(
                layers.LSTM(5, return_sequences=mode != "ave"), merge_mode=mode
            ),
            STEPS,
        )
        for mode in ("concat", "sum", "ave", "mul")
    ),
    connected(
        "Wrappers",
        "Bidirectional, apart",
        lambda x: layers.Bidirectional(layers.LSTM(5), merge_mode=None)(x),
        STEPS,
    ),
    connected(
        "Wrappers",
        "Bidirectional, states",
        lambda x: layers.Bidirectional(layers.LSTM(5, return_state=True))(x),
        STEPS,
    ),
    connected(
        "Wrappers",
        "Bidirectional, given states",
        lambda x, a, b: layers.Bidirectional(layers.GRU(5, **BEFORE))(x, initial_state=[a, b]),
        STEPS,
        (5,),
        (5,),
    ),
    stacked(
        "Wrappers",
        "Bidirectional of stacked cells",
        lambda: layers.Bidirectional(layers.RNN([layers.LSTMCell(3), layers.LSTMCell(5)])),
        STEPS,
    ),
    stacked(
        "Wrappers",
        "TimeDistributed Dense",
        lambda: layers.TimeDistributed(layers.Dense(5, activation="relu")),
        STEPS,
    ),
    stacked(
        "Wrappers",
        "TimeDistributed Conv2D",
        lambda: layers.TimeDistributed(layers.Conv2D(3, 3)),
        (4, 6, 5, 2),
    ),
    stacked(
        "Wrappers",
        "TimeDistributed, several layers",
        lambda: layers.TimeDistributed(layers.Dense(5, activation="hard_silu")),
        STEPS,
    ),
    stacked(
        "Wrappers",
        "TimeDistributed model",
        lambda: layers.TimeDistributed(
            keras.Sequential([keras.Input((6, 5, 2)), layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(2)])
        ),
        (4, 6, 5, 2),
    ),
    stacked("Wrappers", "TimeDistributed LSTM", lambda: layers.TimeDistributed(layers.LSTM(3)), (3, 10, 4)),
]

_MASKED = [
    stacked("Masks", "Embedding, LSTM", lambda: _masked(layers.LSTM(5), layers.Dense(2)), WORDS, "int32"),
    stacked(
        "Masks",
        "Embedding, LSTM twice",
        lambda: _masked(layers.LSTM(5, return_sequences=True), layers.Dropout(0.1), layers.LSTM(3)),
        WORDS,
        "int32",
    ),
    stacked(
        "Masks",
        "Embedding, GRU sequences",
        lambda: _masked(layers.GRU(5, return_sequences=True, **BEFORE)),
        WORDS,
        "int32",
    ),
    stacked(
        "Masks",
        "Embedding, Bidirectional",
        lambda: _masked(layers.Bidirectional(layers.LSTM(5))),
        WORDS,
        "int32",
    ),
    stacked(
        "Masks",
        "Embedding, Bidirectional sequences",
        lambda: _masked(
            layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
            layers.TimeDistributed(layers.Dense(3)),
        ),
        WORDS,
        "int32",
    ),
    stacked(
        "Masks",
        "Embedding, Bidirectional twice, Dropout between",
        lambda: _masked(
            layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
            layers.Dropout(0.1),
            layers.Bidirectional(layers.LSTM(3)),
        ),
        WORDS,
        "int32",
    ),
    stacked(
        "Masks",
        "Embedding, GlobalAveragePooling1D",
        lambda: _masked(layers.GlobalAveragePooling1D()),
        WORDS,
        "int32",
    ),
    stacked(
        "Masks",
        "Embedding, LeakyReLU, LSTM",
        lambda: _masked(layers.LeakyReLU(), layers.LSTM(5)),
        WORDS,
        "int32",
    ),
    stacked(
        "Masks",
        "Embedding, Conv1D, LSTM",
        lambda: _masked(layers.Conv1D(3, 2), layers.LSTM(5)),
        WORDS,
        "int32",
    ),
    stacked(
        "Masks",
        "autoencoder",
        lambda: _masked(layers.LSTM(5), layers.RepeatVector(4), layers.LSTM(3, return_sequences=True)),
        WORDS,
        "int32",
    ),
    stacked(
        "Masks",
        "nested model",
        lambda: _masked(keras.Sequential([keras.Input((10, 4)), layers.LSTM(5)])),
        WORDS,
        "int32",
    ),
    stacked("Masks", "Masking, LSTM", lambda: [layers.Masking(0.0), layers.LSTM(5)], STEPS),
    stacked(
        "Masks",
        "Masking, GlobalAveragePooling1D",
        lambda: [layers.Masking(0.0), layers.GlobalAveragePooling1D()],
        STEPS,
    ),
    stacked(
        "Masks",
        "Masking, Bidirectional sequences",
        lambda: [layers.Masking(0.0), layers.Bidirectional(layers.LSTM(5, return_sequences=True))],
        STEPS,
    ),
    connected(
        "Masks",
        "two Embeddings added, LSTM",
        lambda a, b: layers.LSTM(5)(
            layers.Add()(
                [layers.Embedding(12, 4, mask_zero=True)(a), layers.Embedding(9, 4, mask_zero=True)(b)]
            )
        ),
        WORDS,
        WORDS,
        dtypes=("int32", "int32"),
    ),
    connected("Masks", "sequence to sequence", _decoder, WORDS, WORDS, dtypes=("int32", "int32")),
]

CASES: list[Case] = [*_CELLS, *_WRAPPED, *_MASKED]
