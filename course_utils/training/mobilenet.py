"""MobileNet as the backbone starts from it: the genuine weights, its normalisations folded into its convolutions."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from course_utils.data import sources

WEIGHTS = sources.RemoteFile(
    title="MobileNet's weights without its classifier",
    path="models/mobilenet_2_5_224_tf_no_top.h5",
    url="https://storage.googleapis.com/tensorflow/keras-applications/mobilenet/mobilenet_2_5_224_tf_no_top.h5",
)
#: How many numbers describe a picture.
FEATURES = 256

_WIDTH = 0.25
# The channels and steps of the thirteen pairs of convolutions, at full width (Howard et al. 2017, table 1).
_PAIRS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1))


def network(side: int) -> keras.Model:
    """MobileNet V1 of a quarter width up to its last convolution, for colour pictures from 0 to 1.

    Gives the mean of each of the last channels, shifted and scaled so that a picture's numbers have the mean 0 and form
    a vector of length 1: what differs between pictures is its direction alone, and the product of two such vectors
    says how much alike the pictures are.
    The layers have the names of `keras.applications`; their weights are random.
    """
    image = keras.Input((side, side, 3), name="image")
    x = layers.Rescaling(2.0, offset=-1.0, name="scaled")(image)
    x = layers.Conv2D(int(32 * _WIDTH), 3, strides=2, padding="same", name="conv1")(x)
    x = layers.ReLU(6.0, name="conv1_relu")(x)
    for number, (channels, step) in enumerate(_PAIRS, start=1):
        x = layers.DepthwiseConv2D(3, strides=step, padding="same", name=f"conv_dw_{number}")(x)
        x = layers.ReLU(6.0, name=f"conv_dw_{number}_relu")(x)
        x = layers.Conv2D(int(channels * _WIDTH), 1, name=f"conv_pw_{number}")(x)
        x = layers.ReLU(6.0, name=f"conv_pw_{number}_relu")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    # Without gain and shift: each picture's numbers have the mean 0 and the variance 1.
    x = layers.LayerNormalization(center=False, scale=False, name="normal")(x)
    return keras.Model(image, layers.Rescaling(FEATURES**-0.5, name="features")(x), name="backbone")


def pretrained(side: int) -> keras.Model | None:
    """`network(side)` with the weights of keras.applications, trained on ImageNet; None where they cannot be had."""
    path = sources.find(WEIGHTS)
    if path is None:
        return None
    genuine = keras.applications.MobileNet((224, 224, 3), alpha=_WIDTH, include_top=False, weights=str(path))
    model = network(side)
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D):
            layer.set_weights(folded(genuine.get_layer(layer.name), genuine.get_layer(f"{layer.name}_bn")))
    return model


def folded(convolution: layers.Layer, normalisation: layers.BatchNormalization) -> list[np.ndarray]:
    """Kernel and bias of the one convolution that computes what the two layers compute one after the other."""
    (kernel,) = convolution.get_weights()
    gain, shift, mean, variance = normalisation.get_weights()
    factor = gain / np.sqrt(variance + normalisation.epsilon)
    # A depthwise kernel has its channels on the third axis, any other its filters on the fourth.
    depthwise = kernel.shape[-1] == 1 and len(factor) == kernel.shape[2]
    return [kernel * (factor[:, None] if depthwise else factor), shift - mean * factor]
