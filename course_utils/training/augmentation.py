"""Training pictures bent a little, a whole batch at once: rotated, shifted, zoomed, sheared, and elastically.

All of it is one map from each pixel of the new picture to a place in the old one, read there by bilinear
interpolation, so a picture is blurred once and not five times. Who is shown nothing but blurred pictures in training
is misled by the sharp ones that follow, so a share of them can stay as they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from course_utils.data import Examples

# The elastic field is drawn on a grid of 5 × 5 and smoothed over the picture.
_ELASTIC_GRID = 5


@dataclass(frozen=True)
class Warp:
    """How far training pictures may be bent, each amount drawn anew for each picture."""

    degrees: float = 0.0  #: rotation to either side
    pixels: float = 0.0  #: shift along each axis
    zoom: float = 0.0  #: natural logarithm of the scale of each axis
    shear: float = 0.0  #: pixels sideways per pixel downwards
    elastic: float = 0.0  #: standard deviation in pixels of a smooth field of shifts
    flip: bool = False  #: every other picture from left to right, by chance
    share: float = 1.0  #: how many of the pictures are bent; the others stay as sharp as they are
    beyond: float = 0.0  #: brightness beyond the picture's edge


def batches(examples: Examples, batch_size: int, warp: Warp, seed: int) -> tf.data.Dataset:
    """Endless batches (images, labels) of shuffled, bent training pictures.

    Images are float32 of shape (batch_size, height, width, channels). The same seed gives the same batches: what is
    drawn for a picture depends on the seed and on the number of its batch, not on which thread makes it.
    """
    # Kept as bytes: a quarter of the memory, and MNIST's own numbers.
    pixels = tf.constant(np.rint(examples.images * 255).astype(np.uint8))
    labels = tf.constant(examples.labels)
    count = len(examples)

    def make(number: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images = tf.cast(tf.gather(pixels, rows), tf.float32) / 255.0
        return bend(images, warp, seed, number), tf.gather(labels, rows)

    numbers = tf.data.Dataset.range(count).shuffle(count, seed=seed).repeat()
    grouped = numbers.batch(min(batch_size, count), drop_remainder=True).enumerate()
    return grouped.map(make, num_parallel_calls=2, deterministic=True).prefetch(4)


def bend(images: tf.Tensor, warp: Warp, seed: int, number: tf.Tensor) -> tf.Tensor:
    """The images, float32 of shape (n, height, width, channels), each bent in its own way."""
    count, channels = tf.shape(images)[0], images.shape[3]
    height, width = images.shape[1], images.shape[2]
    source = _sources(count, height, width, warp, seed, number)
    # A frame on each side stands for all that lies beyond.
    framed = tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]], constant_values=warp.beyond)
    framed = tf.reshape(framed, [count, (height + 2) * (width + 2), channels])
    corner = tf.floor(source)
    share = source - corner
    row, column = tf.unstack(tf.cast(corner, tf.int32) + 1, axis=-1)
    down, right = tf.split(share, 2, axis=-1)

    def at(rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
        rows = tf.clip_by_value(rows, 0, height + 1)
        columns = tf.clip_by_value(columns, 0, width + 1)
        return tf.gather(framed, rows * (width + 2) + columns, batch_dims=1)

    above = at(row, column) * (1 - right) + at(row, column + 1) * right
    below = at(row + 1, column) * (1 - right) + at(row + 1, column + 1) * right
    return above * (1 - down) + below * down


def _sources(
    count: tf.Tensor, height: int, width: int, warp: Warp, seed: int, number: tf.Tensor
) -> tf.Tensor:
    """For each pixel of each new picture its place (row, column) in the old one: (count, height, width, 2)."""
    number = tf.cast(number, tf.int32)

    def between(stream: int, largest: float, *shape: int) -> tf.Tensor:
        key = tf.stack([number, seed * 16 + stream])
        return tf.random.stateless_uniform([count, *shape], key, -largest, largest) * bent(1 + len(shape))

    def bent(rank: int) -> tf.Tensor:
        """1 for each picture that is bent, 0 for the others."""
        drawn = tf.random.stateless_uniform([count], tf.stack([number, seed * 16 + 7]))
        return tf.reshape(tf.cast(drawn < warp.share, tf.float32), [count] + [1] * (rank - 1))

    angle = between(1, math.radians(warp.degrees))
    scale = tf.exp(between(2, warp.zoom, 2))
    shear = between(3, warp.shear)
    shift = between(4, warp.pixels, 1, 1, 2)
    cosine, sine = tf.cos(angle), tf.sin(angle)
    first = tf.stack([cosine * scale[:, 0], -sine], axis=-1)
    second = tf.stack([sine + shear, cosine * scale[:, 1]], axis=-1)
    matrix = tf.stack([first, second], axis=-2)
    if warp.flip:
        side = tf.random.stateless_uniform([count], tf.stack([number, seed * 16 + 6]), -1.0, 1.0)
        matrix *= tf.stack([tf.ones([count]), tf.sign(side)], axis=-1)[:, None, :]

    middle = tf.constant([(height - 1) / 2, (width - 1) / 2], tf.float32)
    rows, columns = tf.meshgrid(tf.range(float(height)), tf.range(float(width)), indexing="ij")
    offsets = tf.stack([rows, columns], axis=-1) - middle
    places = tf.einsum("hwk,njk->nhwj", offsets, matrix) + middle + shift
    coarse = tf.random.stateless_normal(
        [count, _ELASTIC_GRID, _ELASTIC_GRID, 2], tf.stack([number, seed * 16 + 5]), stddev=warp.elastic
    )
    return places + tf.image.resize(coarse * bent(4), (height, width), method="bicubic")
