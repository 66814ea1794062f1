"""Settings that matter in training, for the conformance table: initializers, regularizers and constraints."""

from __future__ import annotations

import keras
from keras import layers

from course_utils.bench.conformance.building import stacked
from course_utils.bench.conformance.case import Case

IMAGE = (9, 8, 3)

_SETTINGS = [
    stacked(
        "Settings",
        f"initializer {name}",
        lambda name=name: layers.Dense(5, kernel_initializer=name, bias_initializer=keras.initializers.Constant(0.5)),
        (5,),
    )
    for name in (
        "zeros", "ones", "random_uniform", "random_normal", "truncated_normal", "variance_scaling", "glorot_uniform",
        "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "orthogonal", "identity",
    )
]  # fmt: skip

_TRAINING = [
    stacked(
        "Settings",
        "regularizer L1",
        lambda: layers.Dense(4, kernel_regularizer="l1", activity_regularizer="l2"),
        (7,),
    ),
    stacked(
        "Settings",
        "regularizer L2",
        lambda: layers.Conv2D(4, 3, kernel_regularizer="l2", bias_regularizer="l1"),
        IMAGE,
    ),
    stacked(
        "Settings",
        "regularizer L1L2",
        lambda: layers.Dense(4, kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2)),
        (7,),
    ),
    stacked(
        "Settings",
        "constraint MaxNorm",
        lambda: layers.Dense(4, kernel_constraint=keras.constraints.MaxNorm(9)),
        (7,),
    ),
    stacked(
        "Settings", "constraint that is not met", lambda: layers.Dense(4, kernel_constraint="non_neg"), (7,)
    ),
]

CASES: list[Case] = [*_SETTINGS, *_TRAINING]
