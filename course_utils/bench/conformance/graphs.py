"""Merging, operations on tensors, and how models are put together, for the conformance table."""

from __future__ import annotations

import keras
from keras import layers, ops

from course_utils.bench.conformance.building import connected, stacked
from course_utils.bench.conformance.case import Case

IMAGE = (9, 8, 3)
STEPS = (10, 4)
Tensor = keras.KerasTensor


def _encoder(name: str = "encoder") -> keras.Model:
    given = keras.Input((7,))
    hidden = layers.Dense(5, activation="tanh", name="dense")(given)
    return keras.Model(given, [layers.Dense(4, name="out")(hidden), hidden], name=name)


def _siamese(a: Tensor, b: Tensor) -> Tensor:
    encoder = _encoder()
    return layers.Dot(1, normalize=True)([encoder(a)[0], encoder(b)[0]])


def _two_nested(x: Tensor) -> Tensor:
    first, second = _encoder("first"), _encoder("second")
    return layers.Concatenate()([first(x)[0], second(x)[1]])


def _shared_inside(x: Tensor) -> list[Tensor]:
    """A layer of the nested model that the outer model calls too."""
    dense = layers.Dense(7, activation="relu")
    given = keras.Input((7,))
    nested = keras.Model(given, layers.Dense(7)(dense(given)))
    return [nested(x), dense(nested(x))]


def _crossed(x: Tensor) -> Tensor:
    """A(B(A(x))) and B(A(B(x))): which call of a layer comes first is not the order in which they were written."""
    a, b = layers.Dense(7, activation="tanh", name="a"), layers.Dense(7, activation="tanh", name="b")
    return layers.Concatenate()([a(b(a(x))), b(a(b(x)))])


def _odd_names(x: Tensor) -> Tensor:
    x = layers.Dense(4, name="first>layer")(x)
    return layers.Dense(3, name="_hidden")(x)


_MERGED = [
    *(
        connected("Merging", name, lambda *x, name=name: getattr(layers, name)()(list(x)), *[(7,)] * count)
        for name, count in [
            ("Add", 3),
            ("Subtract", 2),
            ("Multiply", 3),
            ("Average", 3),
            ("Maximum", 3),
            ("Minimum", 3),
        ]
    ),
    connected("Merging", "Multiply, broadcast", lambda x, y: layers.Multiply()([x, y]), IMAGE, (1, 1, 3)),
    connected("Merging", "Add, fewer axes", lambda x, y: layers.Add()([x, y]), STEPS, (4,)),
    connected(
        "Merging",
        "Add, a tensor to itself",
        lambda x: layers.Dense(2)(layers.Add()([x, x])) + layers.Dense(2)(x),
        (7,),
    ),
    connected("Merging", "Concatenate", lambda x, y: layers.Concatenate()([x, y]), (7,), (3,)),
    connected(
        "Merging",
        "Concatenate, last but one axis",
        lambda x, y: layers.Concatenate(axis=-2)([x, y]),
        STEPS,
        STEPS,
    ),
    connected(
        "Merging",
        "Concatenate, along the steps",
        lambda x, y: layers.Concatenate(axis=1)([x, y]),
        STEPS,
        (3, 4),
    ),
    connected("Merging", "Dot", lambda x, y: layers.Dot(axes=1)([x, y]), (7,), (7,)),
    connected(
        "Merging",
        "Dot, normalised",
        lambda x, y: layers.Dot(axes=-1, normalize=True)([x * 1e-4, y]),
        (7,),
        (7,),
    ),
    connected("Merging", "Dot, of 3 axes", lambda x, y: layers.Dot(axes=(2, 1))([x, y]), (5, 4), (4, 3)),
    connected("Merging", "Dot, of 3 and 2 axes", lambda x, y: layers.Dot(axes=(2, 1))([x, y]), (5, 4), (4,)),
    connected("Merging", "Dot, of 2 and 3 axes", lambda x, y: layers.Dot(axes=(1, 2))([x, y]), (4,), (5, 4)),
]

_OPERATIONS = [
    connected("Operations", "x + 3", lambda x: layers.Dense(3)(x) + 3.0, (7,)),
    connected("Operations", "2 - x", lambda x: 2.0 - x, (7,)),
    connected(
        "Operations",
        "x / 6 × [1, 2, 3]",
        lambda x: x / 6.0 * keras.ops.convert_to_numpy([1.0, 2.0, 3.0]),
        IMAGE,
    ),
    connected("Operations", "a × b - a", lambda a, b: a * b - a, (7,), (7,)),
    connected("Operations", "relu6(x + 3) / 6", lambda x: ops.relu6(x + 3.0) * (1 / 6) * x, IMAGE),
    connected(
        "Operations",
        "concatenate, maximum",
        lambda a, b: ops.concatenate([ops.maximum(a, b), -a], axis=-1),
        (7,),
        (7,),
    ),
    connected(
        "Operations", "mean of a picture", lambda x: ops.mean(x, axis=(1, 2), keepdims=True) * x, IMAGE
    ),
    connected(
        "Operations",
        "reshape, transpose",
        lambda x: ops.transpose(ops.reshape(x, (-1, 12, 18)), (0, 2, 1)),
        IMAGE,
    ),
    connected(
        "Operations", "square, abs, clip", lambda x: ops.clip(ops.square(x) - ops.abs(x), -0.2, 0.3), (7,)
    ),
    connected("Operations", "softmax, gelu", lambda x: ops.softmax(ops.gelu(x, approximate=False)), (7,)),
    connected("Operations", "gelu, approximate", lambda x: ops.gelu(x), (7,)),
    connected("Operations", "exp", lambda x: ops.exp(x), (7,)),
    connected("Operations", "a slice", lambda x: x[:, 1:3], (7,)),
]

_MODELS = [
    connected(
        "Models",
        "several outputs",
        lambda x: [layers.Dense(3)(x), layers.Dense(2, activation="relu")(x), x],
        (7,),
    ),
    connected("Models", "an output twice", lambda x: [(y := layers.Dense(3)(x)), y], (7,)),
    connected("Models", "nested, called twice", _siamese, (7,), (7,)),
    connected("Models", "nested, the same names in both", _two_nested, (7,)),
    connected("Models", "nested, a layer shared with it", _shared_inside, (7,)),
    connected("Models", "layers called across", _crossed, (7,)),
    connected("Models", "names that TensorFlow.js refuses", _odd_names, (7,)),
    stacked(
        "Models",
        "Sequential in Sequential",
        lambda: keras.Sequential([keras.Input((7,)), layers.Dense(3), layers.Dense(2)]),
        (7,),
    ),
    stacked("Models", "a frozen layer", lambda: [layers.Dense(3, trainable=False), layers.Dense(2)], (7,)),
    stacked("Models", "no weights", lambda: layers.Flatten(), IMAGE),
    stacked("Models", "float64", lambda: layers.Dense(3, dtype="float64"), (7,)),
    stacked("Models", "mixed_float16", lambda: layers.Dense(3, dtype="mixed_float16"), (7,)),
    stacked("Models", "Lambda", lambda: layers.Lambda(lambda x: x * 2, output_shape=(7,)), (7,)),
]

CASES: list[Case] = [*_MERGED, *_OPERATIONS, *_MODELS]
