"""Style transfer: a picture is changed until its maps are those of one picture, and their likeness that of another.

After Gatys, Ecker and Bethge, *Image Style Transfer Using Convolutional Neural Networks*, CVPR 2016. Two things are
otherwise. The network is a small MobileNet in the place of their VGG, and each loss is divided by what it compares
with, so that layers count alike and a loss of 1 means "as wrong as maps full of zeros". Pictures are float32 of shape
(side, side, 3) with colours from 0 to 1.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import keras
import numpy as np
import tensorflow as tf

from course_utils import backbones
from course_utils.errors import CourseError

#: Layers whose Gram matrices are the style, from fine to coarse.
STYLE_LAYERS = ("conv1_relu", "conv_pw_1_relu", "conv_pw_3_relu", "conv_pw_5_relu", "conv_pw_7_relu")
#: The layer whose maps are the content.
CONTENT_LAYER = "conv_pw_5_relu"
#: The least side: a smaller picture has a single place left in the coarsest layer.
LEAST_SIDE = 32

Maps = tf.Tensor | np.ndarray


def network(side: int) -> keras.Model:
    """MobileNet for pictures of this side, or the course's own backbone in the same form where it cannot be had.

    What is printed says which.
    """
    from course_utils.training import mobilenet

    if side < LEAST_SIDE:
        raise CourseError(f"Pictures of {side} × {side} are too small for style: use {LEAST_SIDE} or more.")
    made = mobilenet.pretrained(side)
    if made is None:
        print("MobileNet's weights are not at hand, so the course's own backbone stands in.")
        made = mobilenet.network(side)
        for layer, own in zip(made.layers, backbones.gestures().layers, strict=True):
            layer.set_weights(own.get_weights())
    else:
        print(f"MobileNet, trained on ImageNet: {made.count_params():,} parameters")
    return made


def gram(maps: Maps) -> tf.Tensor:
    """How strongly each two maps answer at the same places, on average over all places.

    Args:
        maps: of shape (..., height, width, channels); only one picture at a time.

    Returns:
        The Gram matrix, of shape (channels, channels), divided by the number of places (Gatys et al., equation 3, have
        the sum).
    """
    rows = tf.reshape(maps, (-1, maps.shape[-1]))
    return tf.matmul(rows, rows, transpose_a=True) / tf.cast(tf.shape(rows)[0], rows.dtype)


def content_loss(maps: Maps, wanted: Maps) -> tf.Tensor:
    """The squared difference of two stacks of maps, as a share of the squares of the one that is wanted.

    Equation 1 of Gatys et al. but for the divisor. Both have the same shape; 0 means equal.
    """
    return tf.reduce_sum(tf.square(maps - wanted)) / tf.reduce_sum(tf.square(wanted))


def style_loss(grams: Sequence[Maps], wanted: Sequence[Maps]) -> tf.Tensor:
    """The squared difference of Gram matrices, as a share of the squares of those wanted: the mean over the layers.

    Equations 4 and 5 of Gatys et al. with equal weights, but for the divisor.
    """
    return tf.add_n([content_loss(one, other) for one, other in zip(grams, wanted, strict=True)]) / len(
        wanted
    )


def roughness(picture: Maps) -> tf.Tensor:
    """The mean squared difference of neighbouring dots, down and across: the total variation, squared.

    Args:
        picture: of shape (..., height, width, 3).
    """
    down = picture[..., 1:, :, :] - picture[..., :-1, :, :]
    across = picture[..., :, 1:, :] - picture[..., :, :-1, :]
    return tf.reduce_mean(tf.square(down)) + tf.reduce_mean(tf.square(across))


@dataclass
class Painting:
    """What `Painter.paint` made, and how it came about.

    Attributes:
        picture: float32 of shape (side, side, 3), from 0 to 1.
        content, style: the two losses before each step and at the end, without their weights.
        seconds: of processor time that the painting took, compiling aside.
    """

    picture: np.ndarray
    content: list[float] = field(default_factory=list)
    style: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def steps(self) -> int:
        """How often the picture was changed."""
        return len(self.content) - 1


class Painter:
    """Paints the content of one picture in the style of another, by gradient descent on the picture.

    Args:
        network: as `network(side)` gives it, or any Keras model that takes pictures from 0 to 1.
        style_layers, content_layer: names of its layers.
    """

    def __init__(
        self,
        network: keras.Model,
        style_layers: Sequence[str] = STYLE_LAYERS,
        content_layer: str = CONTENT_LAYER,
    ) -> None:
        known = [layer.name for layer in network.layers]
        for name in (*style_layers, content_layer):
            if name not in known:
                raise CourseError(
                    f"This network has no layer {name!r}: choose from {', '.join(known[1:6])}, …"
                )
        names = [*style_layers, content_layer]
        self._inside = keras.Model(network.input, [network.get_layer(name).output for name in names])
        self.shape = tuple(network.input_shape[1:])
        # One compiled step for all paintings: what differs between them is handed in.
        self._slope = tf.function(self._slope_of)

    def grams(self, picture: np.ndarray | tf.Tensor) -> list[tf.Tensor]:
        """The style of a picture: a Gram matrix for each style layer."""
        return [gram(maps) for maps in self._inside(self._checked(picture)[None])[:-1]]

    def content(self, picture: np.ndarray | tf.Tensor) -> tf.Tensor:
        """The content of a picture: the maps of the content layer, of shape (1, height, width, channels)."""
        return self._inside(self._checked(picture)[None])[-1]

    def paint(
        self,
        content: np.ndarray,
        style: np.ndarray,
        *,
        style_weight: float = 10.0,
        smoothness: float = 20.0,
        steps: int = 100,
        learning_rate: float = 0.02,
        start: np.ndarray | None = None,
        verbose: int = 1,
    ) -> Painting:
        """Change a picture step by step until both losses are small.

        Args:
            content, style: pictures, float32 of shape (side, side, 3), from 0 to 1.
            style_weight: how much the style loss counts against the content loss.
            smoothness: how much the roughness counts.
            steps: of Adam.
            learning_rate: how far one step goes, at most about this much of the way from black to white.
            start: the picture to begin with; None begins with the content.
            verbose: 0 shows no progress bar.
        """
        wanted, grams = self.content(content), self.grams(style)
        picture = tf.Variable(self._checked(content if start is None else start)[None])
        weights = [tf.constant(value, tf.float32) for value in (style_weight, smoothness)]
        optimizer = keras.optimizers.Adam(learning_rate)
        bar = keras.utils.Progbar(steps, verbose=verbose)
        # The first call compiles.
        self._slope(picture, wanted, grams, *weights)
        painting = Painting(np.empty(0, np.float32))
        began = time.process_time()
        for step in range(steps + 1):
            slope, content_now, style_now = self._slope(picture, wanted, grams, *weights)
            painting.content.append(float(content_now))
            painting.style.append(float(style_now))
            if step == steps:
                break
            optimizer.apply([slope], [picture])
            picture.assign(tf.clip_by_value(picture, 0.0, 1.0))
            bar.update(step + 1)
        painting.seconds = time.process_time() - began
        painting.picture = picture.numpy()[0]
        return painting

    def _slope_of(
        self,
        picture: tf.Tensor,
        wanted: tf.Tensor,
        grams: list[tf.Tensor],
        weight: tf.Tensor,
        smooth: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """The gradient of the weighted sum with respect to the picture, and the two losses."""
        with tf.GradientTape() as tape:
            tape.watch(picture)
            *maps, last = self._inside(picture)
            content, style = content_loss(last, wanted), style_loss([gram(one) for one in maps], grams)
            loss = content + weight * style + smooth * roughness(picture)
        return tape.gradient(loss, picture), content, style

    def _checked(self, picture: np.ndarray | tf.Tensor) -> tf.Tensor:
        """The picture as a tensor; one that a tape watches stays watched."""
        values = np.asarray(picture)
        if values.shape != self.shape:
            raise CourseError(
                f"The painter takes pictures of shape {self.shape}, not {values.shape}: cut and shrink yours first."
            )
        if values.dtype.kind != "f" or not 0 <= values.min() <= values.max() <= 1:
            raise CourseError(
                "The painter takes colours from 0 to 1, as float32: divide bytes by 255 before you hand them over."
            )
        return tf.cast(picture, tf.float32)
