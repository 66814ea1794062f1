"""How the backbone is trained: batches of hands and other things, several tasks at once, one network."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from course_utils.data import Examples
from course_utils.data.hand_pictures import SHOWN
from course_utils.training.hand_material import MIRRORED, POSE, SIDE, Posed, drawn_rows
from course_utils.training.mobilenet import FEATURES, network
from course_utils.training.photographs import CLASSES

# How much each task counts.
_WEIGHTS = {"gesture": 1.0, "pose": 1.0, "thing": 0.5, "likeness": 3.0}
# Targets of a picture in one row: gesture, pose and thing, what the first network said, and which of them are known.
_PARTS = (len(SHOWN), POSE, len(CLASSES), FEATURES, 4)


@dataclass(frozen=True)
class Pools:
    """What batches are drawn from, and how many of each are in one."""

    hands: Posed
    photographs: Examples  #: enlarged, as uint8
    hands_in_batch: int = 72
    photographs_in_batch: int = 24


def with_tasks(backbone: keras.Model) -> keras.Model:
    """The backbone with a layer for each task on top; all outputs in one row, its features, of variance 1, last."""
    features = backbone.get_layer("normal").output
    # They begin at zero, so that what the backbone knows is not shaken by answers that are still random.
    tasks = {"gesture": len(SHOWN), "pose": POSE, "thing": len(CLASSES)}
    outputs = [
        layers.Dense(units, kernel_initializer="zeros", name=name)(features) for name, units in tasks.items()
    ]
    outputs.append(features)
    return keras.Model(backbone.input, layers.Concatenate(name="tasks")(outputs), name="tasks")


def without_tasks(model: keras.Model) -> keras.Model:
    """The backbone in a model of `with_tasks`, with the same weights."""
    inner = keras.Model(model.input, model.get_layer("normal").output)
    bare = network(SIDE)
    bare.set_weights(inner.get_weights())
    return bare


def loss(target: tf.Tensor, said: tf.Tensor) -> tf.Tensor:
    """The tasks' losses for each picture, added up where the answer is known."""
    gesture, pose, thing, features, known = tf.split(target, _PARTS, axis=1)
    gestures, poses, things, mine = tf.split(said, _PARTS[:-1], axis=1)
    apart = {
        "gesture": tf.nn.softmax_cross_entropy_with_logits(0.95 * gesture + 0.05 / len(SHOWN), gestures),
        "pose": tf.reduce_mean(tf.square(pose - poses), axis=1) * 3.0,
        "thing": tf.nn.softmax_cross_entropy_with_logits(thing, things),
        # Half the mean squared difference of two such vectors is one minus the cosine of the angle between them.
        "likeness": tf.reduce_mean(tf.square(features - mine), axis=1) / 2.0,
    }
    weighted = [_WEIGHTS[name] * apart[name] * known[:, place] for place, name in enumerate(_WEIGHTS)]
    return tf.add_n(weighted) * (len(_WEIGHTS) / 2)


def batches(pools: Pools, first: keras.Model, seed: int) -> tf.data.Dataset:
    """Endless batches (images, targets). `first` is the network as it was: on photographs it shall be resembled."""
    hands, photographs = pools.hands, pools.photographs
    pixels = {"hands": tf.constant(hands.images), "photographs": tf.constant(photographs.images)}
    answers = {"hands": tf.constant(_answers_of_hands(hands)), "photographs": tf.constant(photographs.labels)}
    counts = {"hands": pools.hands_in_batch, "photographs": pools.photographs_in_batch}
    sizes = {"hands": len(hands), "photographs": len(photographs)}
    signature = {name: tf.TensorSpec((count,), tf.int64) for name, count in counts.items()}
    rows = tf.data.Dataset.from_generator(
        lambda: drawn_rows(counts, sizes, seed), output_signature=signature
    ).enumerate()

    def make(number: tf.Tensor, drawn: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        images = tf.concat([tf.gather(pixels[name], drawn[name]) for name in counts], axis=0)
        images, mirrored = varied(tf.cast(images, tf.float32) / 255.0, seed, number)
        of_hands = tf.gather(answers["hands"], drawn["hands"])
        turn = np.ones(sum(_PARTS), np.float32)
        turn[[len(SHOWN) + place for place in MIRRORED]] = -1
        of_hands *= tf.where(mirrored[: counts["hands"], None], turn, 1.0)
        count = counts["photographs"]
        things = tf.one_hot(tf.gather(answers["photographs"], drawn["photographs"]), len(CLASSES))
        of_photographs = tf.concat(
            [
                tf.zeros([count, len(SHOWN) + POSE]),
                things,
                first(images[counts["hands"] :], training=False) * FEATURES**0.5,
                tf.tile([[0.0, 0.0, 1.0, 1.0]], [count, 1]),
            ],
            axis=1,
        )
        return images, tf.concat([of_hands, of_photographs], axis=0)

    return rows.map(make, num_parallel_calls=1, deterministic=True).prefetch(2)


def _answers_of_hands(hands: Posed) -> np.ndarray:
    posed = np.isfinite(hands.poses).all(axis=1)
    gestures = np.eye(len(SHOWN), dtype=np.float32)[hands.labels]
    known = np.zeros((len(hands), 4), np.float32)
    known[:, 0], known[:, 1] = 1, posed
    empty = np.zeros((len(hands), len(CLASSES) + FEATURES), np.float32)
    return np.concatenate([gestures, np.nan_to_num(hands.poses), empty, known], axis=1)


def varied(images: tf.Tensor, seed: int, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Each picture cut anew, mirrored, and in another light; and which ones are mirrored."""
    count = tf.shape(images)[0]
    key = tf.cast(number, tf.int32)

    def uniform(stream: int, low: float, high: float, *shape: int) -> tf.Tensor:
        return tf.random.stateless_uniform([count, *shape], tf.stack([key, seed * 32 + stream]), low, high)

    def normal(stream: int, spread: float, *shape: int) -> tf.Tensor:
        return tf.random.stateless_normal([count, *shape], tf.stack([key, seed * 32 + stream]), stddev=spread)

    middle, size = 0.5 + uniform(1, -0.08, 0.08, 2), uniform(2, 0.8, 1.12, 1) * uniform(3, 0.92, 1.08, 2)
    mirrored = uniform(4, -1.0, 1.0) < 0
    half = size / 2 * tf.stack([tf.ones([count]), tf.where(mirrored, -1.0, 1.0)], axis=1)
    boxes = tf.concat([middle - half, middle + half], axis=1)
    images = tf.image.crop_and_resize(images, boxes, tf.range(count), (SIDE, SIDE), extrapolation_value=0.5)
    # Light, colour and contrast as one matrix and one shift for each picture.
    saturation, contrast = uniform(5, 0.5, 1.3, 1, 1), uniform(6, 0.7, 1.25, 1, 1)
    colours = saturation * tf.eye(3) + (1 - saturation) / 3.0
    colours *= contrast * tf.exp(normal(7, 0.15, 1, 1) + normal(8, 0.07, 1, 3))
    shift = 0.5 - 0.5 * contrast + normal(9, 0.05, 1, 1)
    images = tf.reshape(tf.reshape(images, [count, SIDE * SIDE, 3]) @ colours + shift, tf.shape(images))
    return tf.clip_by_value(images, 0.0, 1.0), mirrored
