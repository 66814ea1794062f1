"""When outputs count as the same: the bounds, what proves nothing, and the mistakes of converters that must be seen."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import layers

from course_utils.conversion.proof.comparison import (
    STRICT,
    WEBGL,
    accuracy,
    compare,
    compare_all,
    is_saturated,
    spread_of,
    variation,
    worst,
)
from course_utils.conversion.proof.inputs import sample_inputs
from course_utils.conversion.proof.source import output_names, predict
from course_utils.errors import CourseError

VARIED = np.linspace(-0.5, 0.5, 40, dtype=np.float32).reshape(8, 5)


def _off(values: np.ndarray, by: float) -> np.ndarray:
    """`values` as float64, one place of them off: float32 would round the difference away."""
    moved = values.astype(np.float64)
    moved[3, 2] += by
    return moved


def test_equal_outputs_pass_and_say_how_far_they_are() -> None:
    difference = compare(VARIED, _off(VARIED, 4e-6), name="answer")
    assert difference.passed
    assert difference.max_abs == pytest.approx(4e-6)
    assert difference.mean_abs == pytest.approx(4e-6 / 40)
    assert difference.bound == pytest.approx(1e-5)
    assert difference.top1 == 1.0


@pytest.mark.parametrize(
    ("outputs", "allowed"),
    [
        (VARIED, 1e-5),  # of 1, since the outputs are smaller
        (VARIED * 1000, 5e-3),  # 1e-5 of their size
        (VARIED * 1e-4, 1e-3 * 35 / 39 * 1e-4),  # 1e-3 of their spread
        (VARIED / 20 + 1, 1e-5 * 1.025),  # of their size again, the spread being large enough
    ],
)
def test_the_bound_is_the_smaller_of_the_two(outputs: np.ndarray, allowed: float) -> None:
    assert compare(outputs, outputs).bound == pytest.approx(allowed, rel=1e-3)
    assert compare(outputs, _off(outputs, 0.98 * allowed)).passed
    failed = compare(outputs, _off(outputs, 1.02 * allowed), name="answer")
    assert failed.reason is not None
    assert failed.reason.startswith("output answer differs by ")


def test_a_graphics_card_may_round_more() -> None:
    assert compare(VARIED, _off(VARIED, 9e-4), bounds=WEBGL).passed
    assert not compare(VARIED, _off(VARIED, 1.1e-3), bounds=WEBGL).passed
    assert not compare(VARIED, _off(VARIED, 9e-4), bounds=STRICT).passed


@pytest.mark.parametrize(
    "outputs",
    [
        np.full((4, 10), 0.1),  # a random deep network's softmax
        np.zeros((4, 10)),  # dead units
        np.linspace(1, 1.009, 40).reshape(4, 10),
        VARIED[:1],  # one input
    ],
)
def test_outputs_that_hardly_vary_prove_nothing_even_where_they_agree(outputs: np.ndarray) -> None:
    for bounds in (STRICT, WEBGL):
        difference = compare(outputs, outputs, name="answer", bounds=bounds)
        assert difference.reason is not None
        assert "output answer proves nothing" in difference.reason
        assert "--data" in difference.reason


def test_the_spread_is_over_the_inputs_not_over_the_places() -> None:
    same_for_every_input = np.tile(np.arange(10.0), (4, 1))
    assert spread_of(same_for_every_input) == 0
    assert spread_of(same_for_every_input.T) == 9
    assert variation(np.zeros((3, 3))) == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("bounds", [STRICT, WEBGL, None])
def test_what_is_no_number_fails_always(bad: float, bounds: object) -> None:
    got = compare(VARIED, _off(VARIED, bad), name="answer", bounds=bounds)
    assert got.reason == "output answer holds NaN or infinity, and the original's does not"
    own = compare(_off(VARIED, bad), _off(VARIED, bad), name="answer", bounds=bounds)
    assert own.reason is not None
    assert own.reason.startswith("the original itself answers NaN or infinity in output answer")


def test_other_shapes_and_numbers_of_outputs_fail() -> None:
    assert compare(VARIED, VARIED.T).reason == "output output has the shape (5, 8) instead of (8, 5)"
    (one,) = compare_all([VARIED], [VARIED, VARIED], ["a"])
    assert one.reason == "the model has 2 outputs instead of 1"


def test_whole_numbers_must_be_the_same() -> None:
    numbers = np.arange(12).reshape(4, 3)
    assert compare(numbers, numbers).passed
    off = numbers.copy()
    off[0, 0] += 1
    assert not compare(numbers, off).passed


def test_of_several_outputs_the_worst_is_named() -> None:
    got = compare_all(
        [VARIED, VARIED * 1000, VARIED],
        [VARIED, _off(VARIED * 1000, 1.0), _off(VARIED, 1e-4)],
        ["a", "b", "c"],
    )
    assert [difference.passed for difference in got] == [True, False, False]
    assert worst(got).name == "b"  # 200 times its bound; c is 10 times its own
    constant = np.ones((8, 2))
    assert worst(compare_all([VARIED, constant], [VARIED, constant], ["a", "b"])).name == "b"


def test_the_share_of_equal_top_classes() -> None:
    got = VARIED.copy()
    got[0] = got[0, ::-1]
    assert compare(VARIED, got).top1 == pytest.approx(7 / 8)
    assert compare(VARIED[:, :1], VARIED[:, :1]).top1 is None


def test_saturated_outputs_are_known() -> None:
    assert is_saturated(np.array([[0.0, 1.0], [1 - 1e-9, 1e-8]]))
    assert not is_saturated(np.array([[0.0, 1.0], [0.999, 0.001]]))


@pytest.mark.parametrize(
    ("outputs", "labels", "right"),
    [
        ([[0.2, 0.8], [0.9, 0.1], [0.4, 0.6]], [1, 0, 0], 2 / 3),
        ([[0.2, 0.8], [0.9, 0.1]], [[0, 1], [1, 0]], 1.0),  # one-hot
        ([[0.2], [0.9], [0.6]], [0, 1, 0], 2 / 3),  # one probability
        ([[-3.0], [4.0]], [[0], [1]], 1.0),  # one logit
        ([[[0.2, 0.8], [0.9, 0.1]]], [[1, 1]], 0.5),  # a sequence
    ],
)
def test_accuracy(outputs: list, labels: list, right: float) -> None:
    assert accuracy(np.array(outputs), np.array(labels)) == pytest.approx(right)


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (np.array([1, 2, 3]), "run from 1 to 3, and the model has 3 classes: number them from 0 to 2"),
        (np.array([0.5, 1, 2]), "number them from 0 to 2"),
        (np.zeros((3, 2)), r"have the shape \(3, 2\), and the model gives \(3,\) answers"),
    ],
)
def test_labels_that_are_no_classes_are_refused(labels: np.ndarray, sentence: str) -> None:
    with pytest.raises(CourseError, match=sentence):
        accuracy(np.eye(3), labels)


# What converters get wrong, each as a change to a copy of the model: the change must exceed the bound by far.


def _classifier() -> keras.Model:
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            layers.Input((16, 16, 3)),
            layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", bias_initializer="normal"),
            layers.BatchNormalization(name="norm"),
            layers.DepthwiseConv2D(3, padding="valid"),
            layers.Dense(6, activation="hard_sigmoid", bias_initializer="normal"),
            layers.Flatten(),
            layers.Dense(
                5,
                activation="softmax",
                kernel_initializer=keras.initializers.RandomNormal(stddev=0.5),
                bias_initializer="normal",
                name="classes",
            ),
        ]
    )
    gamma, beta, mean, variance = model.get_layer("norm").weights
    draw = np.random.default_rng(0)
    for weight, low, high in ((gamma, 0.5, 1.5), (beta, -0.5, 0.5), (mean, -0.2, 0.5), (variance, 0.05, 0.3)):
        weight.assign(draw.uniform(low, high, weight.shape))
    return model


def _with(model: keras.Model, place: int, change: Callable[[np.ndarray], np.ndarray]) -> keras.Model:
    copy = keras.models.clone_model(model)
    weights = model.get_weights()
    weights[place] = change(weights[place])
    copy.set_weights(weights)
    return copy


def _configured(model: keras.Model, layer: int, **settings: object) -> keras.Model:
    config = model.get_config()
    config["layers"][layer]["config"].update(settings)
    copy = keras.Sequential.from_config(config)
    copy.set_weights(model.get_weights())
    return copy


def _transposed(kernel: np.ndarray) -> np.ndarray:
    return np.swapaxes(kernel, 0, 1)


def _padded_before(model: keras.Model) -> keras.Model:
    """TensorFlow pads an even picture under stride 2 at its end; other libraries at its beginning."""
    first = model.layers[0]
    picture = keras.Input((16, 16, 3))
    convolution = layers.Conv2D(8, 3, strides=2, activation="relu")
    x = convolution(layers.ZeroPadding2D(((1, 0), (1, 0)))(picture))
    convolution.set_weights(first.get_weights())
    for layer in model.layers[1:]:
        x = layer(x)
    return keras.Model(picture, x)


def _statistics_ignored(model: keras.Model) -> keras.Model:
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    norm = copy.get_layer("norm")
    norm.moving_mean.assign(np.zeros(8))
    norm.moving_variance.assign(np.ones(8))
    return copy


def _old_hard_sigmoid(model: keras.Model) -> keras.Model:
    """Keras 2 and TensorFlow.js clip 0.2 x + 0.5; Keras 3 clips x / 6 + 0.5."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    copy.layers[3].activation = lambda x: keras.ops.clip(0.2 * x + 0.5, 0, 1)
    return copy


MISTAKES = {
    "a transposed kernel": lambda model: _with(model, 0, _transposed),
    "a transposed depthwise kernel": lambda model: _with(model, 6, _transposed),
    "permuted input channels": lambda model: _with(model, 0, lambda kernel: kernel[:, :, ::-1]),
    "permuted classes": lambda model: _with(
        _with(model, -1, lambda b: np.roll(b, 1)), -2, lambda k: np.roll(k, 1, 1)
    ),
    "a dropped bias": lambda model: _with(model, 1, np.zeros_like),
    "a dropped last bias": lambda model: _with(model, -1, np.zeros_like),
    "batch statistics ignored": _statistics_ignored,
    "gamma and beta swapped": lambda model: _with(
        _with(model, 2, lambda _: model.get_weights()[3]), 3, lambda _: model.get_weights()[2]
    ),
    "another epsilon": lambda model: _configured(model, 2, epsilon=1e-5),
    "the other hard sigmoid": _old_hard_sigmoid,
    "padding at the other side": _padded_before,
    "a lost activation": lambda model: _configured(model, 1, activation="linear"),
    "half precision": lambda model: _with(
        model, -2, lambda kernel: kernel.astype(np.float16).astype(np.float32)
    ),
    "rows flattened column by column": lambda model: _with(
        model, -2, lambda kernel: _transposed(kernel.reshape(6, 6, 6, 5)).reshape(-1, 5)
    ),
}


@pytest.fixture(scope="module")
def classifier() -> keras.Model:
    return _classifier()


@pytest.fixture(scope="module")
def answers(classifier: keras.Model) -> tuple[list[np.ndarray], list[np.ndarray]]:
    inputs = sample_inputs(classifier, 4)
    return inputs, predict(classifier, inputs)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_mistake_is_seen(mistake: str, classifier: keras.Model, answers: tuple) -> None:
    inputs, expected = answers
    names = output_names(classifier, 1)
    got = predict(MISTAKES[mistake](classifier), inputs)
    (difference,) = compare_all(expected, got, names)
    assert difference.reason is not None
    assert "output classes differs by" in difference.reason
    assert difference.badness > 2


def test_the_unchanged_copy_passes(classifier: keras.Model, answers: tuple) -> None:
    inputs, expected = answers
    copy = _with(classifier, 0, np.copy)
    (difference,) = compare_all(expected, predict(copy, inputs), ["classes"])
    assert difference.passed


def test_swapped_outputs_are_seen() -> None:
    keras.utils.set_random_seed(2)
    given = keras.Input((6,))
    one, other = layers.Dense(4, name="one")(given), layers.Dense(4, name="other")(given)
    model, swapped = keras.Model(given, [one, other]), keras.Model(given, [other, one])
    inputs = sample_inputs(model, 4)
    got = compare_all(predict(model, inputs), predict(swapped, inputs), output_names(model, 2))
    assert [difference.passed for difference in got] == [False, False]
