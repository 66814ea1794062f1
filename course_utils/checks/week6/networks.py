"""Small networks to convert, made from a seed: in Keras for the student's side, in NumPy for the judge."""

from __future__ import annotations

from typing import Any

import numpy as np

#: The edge of a picture, in pixels.
SIDE = 6
CLASSES = 4
_HIDDEN = 10

Weights = tuple[np.ndarray, ...]


def weights(seed: int) -> Weights:
    """Kernel and bias of a hidden and of an output layer, float32: a network whose answers vary with its input."""
    random = np.random.default_rng(seed)
    first = random.normal(0, 2.0 / SIDE, (SIDE * SIDE, _HIDDEN))
    second = random.normal(0, 1.0, (_HIDDEN, CLASSES))
    biases = random.normal(0, 0.2, _HIDDEN), random.normal(0, 0.2, CLASSES)
    return tuple(array.astype(np.float32) for array in (first, biases[0], second, biases[1]))


def pictures(seed: int, count: int) -> np.ndarray:
    """Pictures of shape (count, SIDE, SIDE, 1), float32 from 0 to 1: a few bright strokes on black, each other ones."""
    random = np.random.default_rng(seed + 1)
    ink = random.uniform(0, 1, (count, SIDE, SIDE, 1)) * (random.uniform(0, 1, (count, SIDE, SIDE, 1)) < 0.5)
    return (np.rint(ink * 255) / 255).astype(np.float32)


def answers(network: Weights, images: np.ndarray) -> np.ndarray:
    """Probabilities of shape (n, CLASSES), float64, for images of shape (n, SIDE, SIDE, 1)."""
    kernel, bias, last_kernel, last_bias = (np.asarray(array, np.float64) for array in network)
    flat = np.asarray(images, np.float64).reshape(len(images), -1)
    scores = np.maximum(flat @ kernel + bias, 0) @ last_kernel + last_bias
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def keras_model(network: Weights, kind: str = "sequential") -> Any:
    """The network as a Keras model, "sequential" or "functional"; it takes images from 0 to 1."""
    import keras

    layers = [
        keras.layers.Flatten(name="flat"),
        keras.layers.Dense(_HIDDEN, activation="relu", name="hidden"),
        keras.layers.Dense(CLASSES, activation="softmax", name="answer"),
    ]
    image = keras.Input((SIDE, SIDE, 1), name="image")
    if kind == "functional":
        output = image
        for layer in layers:
            output = layer(output)
        model = keras.Model(image, output, name="small")
    else:
        model = keras.Sequential([image, *layers], name="small")
    model.set_weights([np.array(array) for array in network])
    return model
