"""A student's model leaves their process as data, and what it computes is found out without Keras."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_utils.checks import plain
from course_utils.checks.judging import Wording
from course_utils.checks.layers import Unreadable
from course_utils.checks.models import describe_model
from course_utils.checks.networks import Built, read_network
from course_utils.checks.registry import find, visible_case

layers = keras.layers


def convolutional() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            layers.Rescaling(2.0, offset=-1),
            layers.RandomFlip("horizontal"),
            layers.Conv2D(4, 3, padding="same", strides=2, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2, padding="same"),
            layers.SpatialDropout2D(0.2),
            layers.SeparableConv2D(5, 3, padding="same", activation="tanh"),
            layers.DepthwiseConv2D(2, depth_multiplier=2, use_bias=False),
            layers.AveragePooling2D(2, strides=1, padding="same"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def branches() -> keras.Model:
    """Branches, a layer that is called twice, and a model that serves as a layer."""
    inputs = keras.Input((6,))
    twice = layers.Dense(6, activation="elu")
    first = twice(inputs)
    added = layers.Add()([twice(first), first])
    inner = keras.Sequential([layers.Dense(3), layers.LeakyReLU(0.3), layers.Dense(2, use_bias=False)])
    joined = layers.Concatenate()([inner(added), inputs])
    return keras.Model(inputs, layers.Softmax()(layers.Activation("sigmoid")(joined)))


def pooled() -> keras.Model:
    inputs = keras.Input((9, 7, 3))
    dilated = layers.Conv2D(4, (3, 2), dilation_rate=(2, 1), activation="silu")(inputs)
    poles = [layers.GlobalMaxPooling2D()(dilated), layers.GlobalAveragePooling2D()(dilated)]
    return keras.Model(inputs, layers.Dense(1)(layers.Dropout(0.5)(layers.Concatenate()(poles))))


def scaled() -> keras.Model:
    normal = layers.Normalization()
    normal.adapt(np.random.default_rng(1).normal(5, 3, (50, 4)))
    normal.trainable = False
    hidden = layers.Dense(2, activation=tf.nn.leaky_relu)
    return keras.Sequential([keras.Input((4,)), normal, hidden, layers.Dense(2, activation="selu"), layers.ReLU(1.5)])


MODELS: dict[str, Callable[[], keras.Model]] = {
    "convolutional": convolutional,
    "branches": branches,
    "pooled": pooled,
    "scaled": scaled,
}


def travelled(model: Any) -> Any:
    """Return the model as the trusted side gets it."""
    return plain.from_json(plain.to_json(describe_model(model)))


@pytest.mark.parametrize("name", MODELS)
def test_a_network_is_what_keras_says(name: str) -> None:
    keras.utils.set_random_seed(3)
    model = MODELS[name]()
    shifted = [
        np.abs(weight) + 0.1 * np.random.default_rng(2).random(weight.shape) for weight in model.get_weights()
    ]
    model.set_weights(shifted)
    network = read_network(travelled(model)["network"])
    rows = np.random.default_rng(0).normal(size=(11, *model.input_shape[1:])).astype(np.float32)
    assert np.allclose(network.answers(rows), np.asarray(model(rows, training=False)), atol=2e-5)
    assert network.given == model.input_shape[1:]
    assert network.gives == model.output_shape[1:]
    assert network.parameters == model.count_params()
    assert network.trainable == [list(weight.shape) for weight in model.trainable_weights]


def test_other_weights_can_take_the_place_of_those_that_are_learnt() -> None:
    model = scaled()
    network = read_network(travelled(model)["network"])
    known = [np.full((4, 2), 0.5), np.ones(2), np.full((2, 2), -0.5), np.ones(2)]
    rows = np.ones((3, 4), np.float32)
    model.layers[1].set_weights(known[:2])
    model.layers[2].set_weights(known[2:])
    assert np.allclose(network.answers(rows, known), np.asarray(model(rows)), atol=1e-5)


class OfTheirOwn(keras.Model):
    """What it does stands in its code alone."""

    def call(self, inputs: Any) -> Any:
        return inputs


UNREADABLE: dict[str, tuple[Callable[[], keras.Model], str]] = {
    "a class of its own": (OfTheirOwn, "OfTheirOwn"),
    "no input": (lambda: keras.Sequential([layers.Dense(1)]), "without an input shape"),
    "an open shape": (lambda: keras.Sequential([keras.Input((None, 1)), layers.Dense(1)]), "not fixed"),
    "code": (lambda: keras.Sequential([keras.Input((1,)), layers.Lambda(lambda x: x)]), "kind Lambda"),
    "a function": (
        lambda: keras.Sequential([keras.Input((1,)), layers.Dense(1, activation=lambda x: x)]),
        "the activation",
    ),
    "two inputs": (
        lambda: (lambda a, b: keras.Model([a, b], layers.Add()([a, b])))(
            keras.Input((1,)), keras.Input((1,))
        ),
        "several inputs",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_judged_is_named(name: str) -> None:
    make, phrase = UNREADABLE[name]
    built = Built.of({"answer": travelled(make())}, Wording())
    assert built.problem == ""
    said = built.unread or built.answers(np.ones((2, 1), np.float32)).problem
    assert phrase in said


def simple(**changes: Any) -> dict[str, Any]:
    """A network of one layer, forged."""
    weights = [{"type": "array", "value": np.ones(shape)} for shape in ((1, 1), (1,))]
    layer = {"kind": "Dense", "from": [0], "settings": {"units": 1}, "weights": weights} | changes
    return {"layers": [{"kind": "InputLayer", "shape": [1]}, layer], "outputs": [1]}


def picture(kind: str, side: int, **settings: Any) -> dict[str, Any]:
    made = simple(kind=kind, settings=settings, weights=[])
    made["layers"][0]["shape"] = [side, side, 1]
    return made


HOSTILE: dict[str, Any] = {
    "nothing": None,
    "no layers": {"layers": [], "outputs": [0]},
    "a circle": simple(**{"from": [1]}),
    "from before": simple(**{"from": [-1]}),
    "no place": simple(**{"from": [True]}),
    "no kind": simple(kind=["Dense"]),
    "too many units": simple(settings={"units": 10**9}),
    "units that are none": simple(settings={"units": True}),
    "other weights": simple(weights=[{"type": "array", "value": np.ones((9, 9))}] * 2),
    "many layers": {"layers": [{"kind": "InputLayer", "shape": [1]}] * 10_000, "outputs": [0]},
    "a large input": {"layers": [{"kind": "InputLayer", "shape": [10**5] * 4}], "outputs": [0]},
    "a large window": picture("MaxPooling2D", 300, pool_size=[200, 200], strides=[1, 1]),
    "a window beyond the edge": picture("MaxPooling2D", 2, pool_size=[3, 3], strides=[1, 1]),
    "a far window": picture(
        "MaxPooling2D", 3, pool_size=[9, 9], strides=[1, 1], dilation_rate=[90_000, 90_000], padding="same"
    ),
    "strides of 0": picture("MaxPooling2D", 3, pool_size=[2, 2], strides=[0, 0]),
    "many maps": picture(
        "DepthwiseConv2D", 4000, kernel_size=[1, 1], depth_multiplier=90_000, use_bias=False
    ),
}


def answers_of(data: Any) -> np.ndarray:
    network = read_network(data)
    return network.answers(np.ones((20, *network.given), np.float32))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_networks_are_refused_at_once(name: str) -> None:
    began = time.process_time()
    with pytest.raises(Unreadable):
        answers_of(copy.deepcopy(HOSTILE[name]))
    assert time.process_time() - began < 1


def test_work_without_end_is_refused() -> None:
    deep = simple(kind="Activation", settings={"activation": "tanh"}, weights=[])
    deep["layers"][0]["shape"] = [500_000]
    deep["layers"] += [{**deep["layers"][1], "from": [at]} for at in range(1, 150)]
    deep["outputs"] = [150]
    with pytest.raises(Unreadable, match="too long"):
        answers_of(deep)


@pytest.mark.parametrize("week", ["week1", "week2", "week3"])
def test_the_facts_of_no_model_earn_nothing(week: str) -> None:
    name = f"{week}.build_model"
    facts = {"keras": True, "in": [1], "out": [1], "compiled": True, "parameters": 100, "bytes": 100}
    expected = visible_case(name).expected
    facts |= {
        "loss": {"type": "number", "value": expected.get("loss", 0)},
        "kinds": ["Conv2D", "MaxPooling2D"],
    }
    facts["answers"] = {"type": "array", "value": np.array(expected.get("answers", 0.5))}
    steps = find(name).verdicts(
        json.loads(json.dumps({"answer": facts}, default=np.ndarray.tolist)), visible_case(name)
    )
    assert [step.passed for step in steps] == [False] * len(steps)
