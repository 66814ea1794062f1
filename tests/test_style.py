"""Style transfer: the Gram matrix is the one by hand, the losses fall, and the gradient reaches the picture."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_utils import style
from course_utils.data import style_pictures
from course_utils.errors import CourseError

SIDE = 48
LAYERS = ("first", "second")


@pytest.fixture(scope="module")
def painter() -> style.Painter:
    """A painter with a small network of random weights, which tell pictures apart well enough."""
    keras.utils.set_random_seed(5)
    image = keras.Input((SIDE, SIDE, 3))
    maps = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="first")(image)
    maps = keras.layers.Conv2D(12, 3, strides=2, padding="same", activation="relu", name="second")(maps)
    return style.Painter(keras.Model(image, maps), style_layers=LAYERS, content_layer="second")


@pytest.fixture(scope="module")
def content() -> np.ndarray:
    """A shaded disc before a shaded ground."""
    rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE
    disc = (rows - 0.5) ** 2 + (columns - 0.5) ** 2 < 0.1
    return np.stack([np.where(disc, 0.8, rows), columns, np.where(disc, 0.2, 0.7)], axis=-1).astype(
        np.float32
    )


def test_the_gram_matrix_is_the_one_by_hand() -> None:
    # Two maps of 2 × 2 places: products 1·3 + 0·1 + 2·0 + 0·0 = 3, squares 5 and 10, over four places.
    maps = np.stack([[[1.0, 0.0], [2.0, 0.0]], [[3.0, 1.0], [0.0, 0.0]]], axis=-1)
    assert np.array_equal(style.gram(tf.constant(maps)), [[1.25, 0.75], [0.75, 2.5]])
    assert np.array_equal(style.gram(tf.constant(maps[None])), [[1.25, 0.75], [0.75, 2.5]])


def test_the_gram_matrix_forgets_where_and_the_content_does_not() -> None:
    random = np.random.default_rng(0)
    maps = random.normal(size=(5, 7, 4))
    moved = random.permutation(maps.reshape(-1, 4)).reshape(maps.shape)
    assert np.allclose(style.gram(tf.constant(maps)), style.gram(tf.constant(moved)))
    assert float(style.content_loss(moved, maps)) > 0.5


def test_a_loss_is_0_for_what_is_wanted_and_1_for_nothing_at_all() -> None:
    wanted = np.random.default_rng(1).normal(size=(3, 3, 2))
    assert float(style.content_loss(wanted, wanted)) == 0
    assert float(style.content_loss(0 * wanted, wanted)) == 1
    grams = [style.gram(tf.constant(wanted)), style.gram(tf.constant(2 * wanted))]
    assert float(style.style_loss(grams, grams)) == 0
    # One layer right, one with nothing: the mean.
    assert float(style.style_loss([grams[0], 0 * grams[1]], grams)) == pytest.approx(0.5)


def test_roughness_is_the_mean_square_of_neighbours_differences() -> None:
    step = np.zeros((2, 2, 3))
    step[:, 1] = 0.5
    # Across, every one of the differences is 0.5; down, none.
    assert float(style.roughness(step)) == pytest.approx(0.25)


def test_painting_lowers_the_style_loss_and_starts_at_the_content(
    painter: style.Painter, content: np.ndarray
) -> None:
    painted = painter.paint(content, style_pictures.strokes(SIDE), steps=40, verbose=0)
    assert painted.steps == 40
    assert painted.content[0] == 0
    assert painted.style[-1] < 0.5 * painted.style[0]
    assert painted.picture.shape == content.shape
    assert painted.picture.dtype == np.float32
    assert painted.picture.min() >= 0
    assert painted.picture.max() <= 1
    assert painted.seconds > 0
    # The losses that are told are those of the picture that is given back.
    told = style.style_loss(painter.grams(painted.picture), painter.grams(style_pictures.strokes(SIDE)))
    assert float(told) == pytest.approx(painted.style[-1], rel=1e-3)


def test_the_gradient_reaches_every_part_of_the_picture(painter: style.Painter, content: np.ndarray) -> None:
    painted = painter.paint(content, style_pictures.dots(SIDE), steps=3, verbose=0)
    changed = np.abs(painted.picture - content).max(axis=-1) > 1e-4
    corners = [changed[:12, :12], changed[:12, -12:], changed[-12:, :12], changed[-12:, -12:]]
    assert changed.mean() > 0.9
    assert all(corner.any() for corner in corners)


def test_a_tape_can_ask_how_a_style_depends_on_the_picture(
    painter: style.Painter, content: np.ndarray
) -> None:
    picture = tf.constant(content)
    with tf.GradientTape() as tape:
        tape.watch(picture)
        loss = style.style_loss(painter.grams(picture), painter.grams(style_pictures.dots(SIDE)))
    slope = tape.gradient(loss, picture)
    downhill = np.clip(content - 0.002 * np.sign(slope), 0, 1)
    assert float(style.style_loss(painter.grams(downhill), painter.grams(style_pictures.dots(SIDE)))) < float(
        loss
    )


def test_more_weight_on_style_means_less_content(painter: style.Painter, content: np.ndarray) -> None:
    waves = style_pictures.waves(SIDE)
    little, much = (
        painter.paint(content, waves, style_weight=weight, steps=40, verbose=0) for weight in (0.1, 100)
    )
    assert much.style[-1] < little.style[-1]
    assert much.content[-1] > little.content[-1]


def test_smoothness_smooths(painter: style.Painter, content: np.ndarray) -> None:
    dots = style_pictures.dots(SIDE)
    rough, smooth = (
        painter.paint(content, dots, smoothness=amount, steps=40, verbose=0) for amount in (0, 50)
    )
    assert float(style.roughness(smooth.picture)) < 0.7 * float(style.roughness(rough.picture))


def test_a_start_from_noise_finds_some_of_the_content(painter: style.Painter, content: np.ndarray) -> None:
    noise = np.random.default_rng(2).uniform(0.4, 0.6, content.shape).astype(np.float32)
    painted = painter.paint(content, style_pictures.strokes(SIDE), start=noise, steps=60, verbose=0)
    assert painted.content[-1] < 0.8 * painted.content[0]


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (np.zeros((SIDE, SIDE), np.float32), "cut and shrink"),
        (np.zeros((SIDE, SIDE, 3), np.uint8), "divide bytes by 255"),
        (np.full((SIDE, SIDE, 3), 200.0), "from 0 to 1"),
    ],
)
def test_a_picture_in_the_wrong_form_gets_a_sentence(
    painter: style.Painter, content: np.ndarray, picture: np.ndarray, said: str
) -> None:
    with pytest.raises(CourseError, match=said):
        painter.paint(content, picture, verbose=0)


def test_an_unknown_layer_is_named_and_so_is_a_side_that_is_too_small() -> None:
    image = keras.Input((SIDE, SIDE, 3))
    model = keras.Model(image, keras.layers.Conv2D(4, 3, name="only")(image))
    with pytest.raises(CourseError, match=r"no layer 'conv9': choose from only"):
        style.Painter(model, style_layers=["only"], content_layer="conv9")
    with pytest.raises(CourseError, match="16 × 16 are too small"):
        style.network(16)


@pytest.mark.parametrize("genuine", [True, False])
def test_the_network_has_the_layers_whichever_it_is(
    genuine: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not genuine:
        monkeypatch.setattr("course_utils.training.mobilenet.pretrained", lambda side: None)
    network = style.network(64)
    assert network.input_shape == (None, 64, 64, 3)
    assert style.Painter(network).content(np.full((64, 64, 3), 0.5, np.float32)).shape[0] == 1
    if not genuine:
        assert "stands in" in capsys.readouterr().out


@pytest.mark.parametrize("draw", [style_pictures.waves, style_pictures.strokes, style_pictures.dots])
def test_a_style_picture_is_the_same_at_every_size(draw) -> None:
    large, small = draw(96), draw(48)
    assert large.shape == (96, 96, 3)
    assert large.dtype == np.float32
    assert 0 <= large.min() < large.max() <= 1
    shrunk = large.reshape(48, 2, 48, 2, 3).mean(axis=(1, 3))
    assert np.abs(shrunk - small).mean() < 0.02
