"""What the checks of week 4 show to a student's functions: pictures and a small network, made from seeds."""

from __future__ import annotations

from typing import Any

import numpy as np

#: The edge of the small network's pictures, in pixels.
SIDE = 8
#: The edge of a patch, the numbers that describe a picture, and the classes of the small network.
PATCH, FEATURES, CLASSES = 4, 6, 5


def picture(seed: int, height: int, width: int, block: int, grain: int = 0) -> np.ndarray:
    """A picture of even blocks of `block` pixels, uint8 of shape (height, width, 3); `grain` makes pixels differ."""
    random = np.random.default_rng([seed, height, width])
    colours = random.integers(grain, 256 - grain, (height // block, width // block, 3))
    pixels = np.repeat(np.repeat(colours, block, axis=0), block, axis=1)
    return (pixels + random.integers(-grain, grain + 1, pixels.shape)).astype(np.uint8)


def weights(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Kernel and bias of the convolution and of the last layer of the small network, float32."""
    random = np.random.default_rng([seed, FEATURES])
    shapes = ((PATCH, PATCH, 3, FEATURES), (FEATURES,), (FEATURES, CLASSES), (CLASSES,))
    scales = (0.35, 0.3, 1.5, 0.5)
    kernel, shift, last, bias = (
        random.normal(0, scale, shape).astype(np.float32) for scale, shape in zip(scales, shapes, strict=True)
    )
    return kernel, shift, last, bias


def network(seed: int) -> Any:
    """The small network as a Keras model: pictures of shape (n, SIDE, SIDE, 3) in, probabilities out."""
    import keras

    layers = keras.layers
    pictures = keras.Input((SIDE, SIDE, 3))
    x = layers.Conv2D(FEATURES, PATCH, strides=PATCH, activation="relu", name="patches")(pictures)
    x = layers.GlobalAveragePooling2D(name="features")(x)
    model = keras.Model(pictures, layers.Dense(CLASSES, activation="softmax", name="names")(x))
    model.set_weights(list(weights(seed)))
    return model


def forward(seed: int, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the small network computes of pictures: maps, features and probabilities, without TensorFlow."""
    kernel, shift, last, bias = (array.astype(np.float64) for array in weights(seed))
    count, places = len(inputs), SIDE // PATCH
    patches = inputs.reshape(count, places, PATCH, places, PATCH, 3).transpose(0, 1, 3, 2, 4, 5)
    maps = np.maximum(np.tensordot(patches, kernel, 3) + shift, 0)
    features = maps.mean(axis=(1, 2))
    scores = features @ last + bias
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return maps, features, exponentials / exponentials.sum(axis=1, keepdims=True)
