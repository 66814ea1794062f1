"""The layers of the conformance table: each of Keras' that TensorFlow.js could have, in the variants that differ."""

from __future__ import annotations

from functools import partial

import keras
from keras import layers

from course_utils.bench.conformance.building import connected, stacked
from course_utils.bench.conformance.case import Case
from course_utils.bench.conformance.graphs import CASES as GRAPHS
from course_utils.bench.conformance.sequences import CASES as SEQUENCES
from course_utils.bench.conformance.training import CASES as SETTINGS

IMAGE = (9, 8, 3)
STEPS = (10, 4)
VOLUME = (5, 6, 4, 2)
FIRST = "channels_first"

_ACTIVATIONS = [
    "linear", "relu", "relu6", "leaky_relu", "elu", "celu", "selu", "softmax", "log_softmax", "sigmoid", "hard_sigmoid",
    "log_sigmoid", "sparse_sigmoid", "tanh", "hard_tanh", "tanh_shrink", "soft_shrink", "hard_shrink", "softplus",
    "sparse_plus", "softsign", "gelu", "mish", "silu", "hard_silu", "exponential", "squareplus",
]  # fmt: skip

_CORE = [
    stacked("Core", "Dense", lambda: layers.Dense(5), (7,)),
    stacked("Core", "Dense, relu, no bias", lambda: layers.Dense(5, activation="relu", use_bias=False), (7,)),
    stacked("Core", "Dense, softmax, of 3 axes", lambda: layers.Dense(5, activation="softmax"), STEPS),
    stacked("Core", "Dense, of 4 axes", lambda: layers.Dense(5, activation="elu"), IMAGE),
    stacked("Core", "Dense, leaky_relu", lambda: layers.Dense(5, activation="leaky_relu"), (7,)),
    stacked("Core", "Embedding", lambda: layers.Embedding(11, 4), (6,), "int32"),
    stacked("Core", "Identity", lambda: layers.Identity(), (7,)),
    stacked("Core", "Flatten", lambda: layers.Flatten(), IMAGE),
    stacked("Core", "Flatten, flat already", lambda: layers.Flatten(), (7,)),
    stacked("Core", "Flatten, channels first", lambda: layers.Flatten(data_format=FIRST), IMAGE),
    stacked("Core", "Reshape", lambda: layers.Reshape((4, 54)), IMAGE),
    stacked("Core", "Reshape, one size open", lambda: [layers.Reshape((-1, 6)), layers.Dense(2)], IMAGE),
    stacked("Core", "Permute", lambda: layers.Permute((3, 1, 2)), IMAGE),
    stacked("Core", "RepeatVector", lambda: layers.RepeatVector(3), (7,)),
    stacked("Core", "Rescaling", lambda: layers.Rescaling(1 / 127.5, -1), IMAGE, "uint8"),
    stacked("Core", "Rescaling, by channel", lambda: layers.Rescaling([0.1, 2, -3], [1, 0, 0.5]), IMAGE),
    stacked("Core", "Dropout", lambda: layers.Dropout(0.4, noise_shape=(None, 1)), (7,)),
    stacked("Core", "SpatialDropout1D", lambda: layers.SpatialDropout1D(0.4), STEPS),
    stacked("Core", "SpatialDropout2D", lambda: layers.SpatialDropout2D(0.4), IMAGE),
    stacked("Core", "SpatialDropout3D", lambda: layers.SpatialDropout3D(0.4), VOLUME),
    stacked("Core", "GaussianNoise", lambda: layers.GaussianNoise(0.4), (7,)),
    stacked("Core", "GaussianDropout", lambda: layers.GaussianDropout(0.4), (7,)),
    stacked("Core", "AlphaDropout", lambda: layers.AlphaDropout(0.4), (7,)),
    stacked("Core", "ActivityRegularization", lambda: layers.ActivityRegularization(0.1), (7,)),
]

_ACTIVATION = [
    *(
        stacked("Activations", f"Activation, {name}", lambda name=name: layers.Activation(name), (7,))
        for name in _ACTIVATIONS
    ),
    stacked("Activations", "ReLU", lambda: layers.ReLU(), (7,)),
    stacked("Activations", "ReLU, at most 0.8", lambda: layers.ReLU(0.8), (7,)),
    stacked("Activations", "ReLU, slope", lambda: layers.ReLU(negative_slope=0.1), (7,)),
    stacked("Activations", "ReLU, threshold", lambda: layers.ReLU(threshold=0.5), (7,)),
    stacked("Activations", "ReLU, all of it", lambda: layers.ReLU(1.2, 0.1, 0.4), (7,)),
    stacked("Activations", "LeakyReLU", lambda: layers.LeakyReLU(), (7,)),
    stacked("Activations", "LeakyReLU, 0.05", lambda: layers.LeakyReLU(0.05), (7,)),
    stacked("Activations", "PReLU", lambda: layers.PReLU(), (7,)),
    stacked("Activations", "PReLU, shared", lambda: layers.PReLU(shared_axes=[1, 2]), IMAGE),
    stacked("Activations", "ELU", lambda: layers.ELU(), (7,)),
    stacked("Activations", "ELU, alpha 0.5", lambda: layers.ELU(0.5), (7,)),
    stacked("Activations", "Softmax", lambda: layers.Softmax(), (7,)),
    stacked("Activations", "Softmax, along the steps", lambda: layers.Softmax(axis=1), STEPS),
    stacked("Activations", "Softmax, along two axes", lambda: layers.Softmax(axis=[1, 2]), IMAGE),
    stacked(
        "Activations",
        "an activation that is a layer",
        lambda: layers.Dense(4, activation=layers.LeakyReLU(0.1)),
        (7,),
    ),
]

_CONVOLUTION = [
    stacked("Convolutions", f"{name}{variant}", lambda cls=cls, kw=kw: cls(*kw[0], **kw[1]), shape)
    for name, cls, shape, variants in [
        (
            "Conv1D",
            layers.Conv1D,
            STEPS,
            {
                "": ((5, 3), {}),
                ", same, stride 2, relu": ((5, 3), {"padding": "same", "strides": 2, "activation": "relu"}),
                ", causal, dilated": (
                    (5, 3),
                    {"padding": "causal", "dilation_rate": 2, "activation": "tanh"},
                ),
                ", groups": ((6, 3), {"groups": 2}),
                ", channels first": ((5, 3), {"data_format": FIRST}),
            },
        ),
        (
            "Conv2D",
            layers.Conv2D,
            IMAGE,
            {
                "": ((5, 3), {}),
                ", same, stride 2": ((5, (3, 2)), {"padding": "same", "strides": 2}),
                ", dilated": ((5, 3), {"dilation_rate": 2, "padding": "same", "use_bias": False}),
                ", hard_sigmoid": ((5, 3), {"activation": "hard_sigmoid"}),
                ", groups": ((6, 3), {"groups": 3}),
                ", channels first, softmax": ((5, (2, 1)), {"data_format": FIRST, "activation": "softmax"}),
            },
        ),
        (
            "Conv3D",
            layers.Conv3D,
            VOLUME,
            {
                "": ((3, 2), {}),
                ", same, stride 2": ((3, 3), {"padding": "same", "strides": 2, "activation": "relu"}),
                ", dilated": ((3, 2), {"dilation_rate": 2}),
            },
        ),
        (
            "Conv1DTranspose",
            layers.Conv1DTranspose,
            STEPS,
            {"": ((5, 3), {}), ", same, stride 2": ((5, 3, 2, "same"), {})},
        ),
        (
            "Conv2DTranspose",
            layers.Conv2DTranspose,
            IMAGE,
            {
                "": ((5, 3), {"activation": "relu"}),
                ", same, stride 2": ((5, 3, 2, "same"), {}),
                ", stride over kernel": ((5, 2, 3), {}),
                ", dilated": ((5, 3), {"dilation_rate": 2}),
                ", channels first": ((5, 3, 2), {"data_format": FIRST}),
            },
        ),
        (
            "Conv3DTranspose",
            layers.Conv3DTranspose,
            VOLUME,
            {"": ((3, 2, 2), {}), ", same": ((3, 3, 2, "same"), {})},
        ),
        (
            "DepthwiseConv1D",
            layers.DepthwiseConv1D,
            STEPS,
            {"": ((3,), {"depth_multiplier": 2, "strides": 2})},
        ),
        (
            "DepthwiseConv2D",
            layers.DepthwiseConv2D,
            IMAGE,
            {
                "": ((3,), {"depth_multiplier": 2}),
                ", same, stride 2": ((3, 2, "same"), {"activation": "relu6"}),
                ", dilated": ((3,), {"dilation_rate": 2, "padding": "same"}),
                ", channels first": ((3,), {"data_format": FIRST}),
            },
        ),
        (
            "SeparableConv1D",
            layers.SeparableConv1D,
            STEPS,
            {"": ((5, 3), {}), ", same, stride 2": ((5, 3, 2, "same"), {})},
        ),
        (
            "SeparableConv2D",
            layers.SeparableConv2D,
            IMAGE,
            {
                "": ((5, 3), {"depth_multiplier": 2}),
                ", same, stride 2, relu": ((5, 3, 2, "same"), {"activation": "relu"}),
                ", dilated": ((5, 3), {"dilation_rate": 2}),
                ", channels first": ((5, 3), {"data_format": FIRST}),
            },
        ),
    ]
    for variant, kw in variants.items()
]

_KINDS = [
    (kind, axes, shape)
    for kind in ("Max", "Average")
    for axes, shape in ((1, STEPS), (2, IMAGE), (3, VOLUME))
]


def _pooling(kind: str, axes: int, given: bool, **settings: object) -> keras.Layer:
    name = f"Global{kind}Pooling{axes}D" if given else f"{kind}Pooling{axes}D"
    return getattr(layers, name)(**settings)


_POOLING = [
    *(
        stacked(
            "Pooling", f"{kind}Pooling{axes}D{said}", partial(_pooling, kind, axes, False, **settings), shape
        )
        for kind, axes, shape in _KINDS
        for said, settings in (
            ("", {"pool_size": 2}),
            (", same", {"padding": "same", "pool_size": 3, "strides": 2}),
            (", channels first", {"data_format": FIRST, "pool_size": 2}),
        )
        if not (said.endswith("first") and axes == 3)
    ),
    *(
        stacked(
            "Pooling",
            f"Global{kind}Pooling{axes}D{said}",
            partial(_pooling, kind, axes, True, **settings),
            shape,
        )
        for kind, axes, shape in _KINDS
        for said, settings in (
            ("", {}),
            (", keepdims", {"keepdims": True}),
            (", channels first", {"data_format": FIRST}),
        )
    ),
]

_SHAPE = [
    stacked("Padding and cropping", "ZeroPadding1D", lambda: layers.ZeroPadding1D((2, 1)), STEPS),
    stacked("Padding and cropping", "ZeroPadding2D", lambda: layers.ZeroPadding2D(((2, 1), (0, 3))), IMAGE),
    stacked(
        "Padding and cropping",
        "ZeroPadding3D",
        lambda: layers.ZeroPadding3D(((2, 1), (0, 3), (1, 1))),
        VOLUME,
    ),
    stacked("Padding and cropping", "Cropping1D", lambda: layers.Cropping1D((2, 1)), STEPS),
    stacked("Padding and cropping", "Cropping2D", lambda: layers.Cropping2D(((2, 1), (0, 3))), IMAGE),
    stacked(
        "Padding and cropping",
        "Cropping2D, channels first",
        lambda: layers.Cropping2D(1, data_format=FIRST),
        IMAGE,
    ),
    stacked(
        "Padding and cropping", "Cropping3D", lambda: layers.Cropping3D(((2, 1), (0, 3), (1, 1))), VOLUME
    ),
    stacked("Upsampling", "UpSampling1D", lambda: layers.UpSampling1D(3), STEPS),
    stacked("Upsampling", "UpSampling2D", lambda: layers.UpSampling2D((3, 2)), IMAGE),
    stacked(
        "Upsampling",
        "UpSampling2D, bilinear",
        lambda: layers.UpSampling2D((3, 2), interpolation="bilinear"),
        IMAGE,
    ),
    stacked(
        "Upsampling", "UpSampling2D, bicubic", lambda: layers.UpSampling2D(2, interpolation="bicubic"), IMAGE
    ),
    stacked("Upsampling", "UpSampling3D", lambda: layers.UpSampling3D((2, 1, 3)), VOLUME),
    *(
        stacked(
            "Pictures", f"Resizing, {how}", lambda how=how: layers.Resizing(6, 12, interpolation=how), IMAGE
        )
        for how in ("bilinear", "nearest", "bicubic")
    ),
    stacked(
        "Pictures", "Resizing, smaller, antialiased", lambda: layers.Resizing(4, 5, antialias=True), IMAGE
    ),
    stacked(
        "Pictures", "Resizing, cropped", lambda: layers.Resizing(12, 4, crop_to_aspect_ratio=True), IMAGE
    ),
    stacked("Pictures", "CenterCrop", lambda: layers.CenterCrop(4, 5), IMAGE),
    stacked("Pictures", "CenterCrop, larger", lambda: layers.CenterCrop(12, 5), IMAGE),
    stacked("Pictures", "RandomCrop", lambda: layers.RandomCrop(4, 5), IMAGE),
    stacked("Pictures", "RandomFlip", lambda: layers.RandomFlip(), IMAGE),
    stacked("Pictures", "RandomRotation", lambda: layers.RandomRotation(0.2), IMAGE),
    stacked("Pictures", "RandomZoom", lambda: layers.RandomZoom(0.2), IMAGE),
    stacked("Pictures", "RandomTranslation", lambda: layers.RandomTranslation(0.2, 0.2), IMAGE),
    stacked("Pictures", "RandomContrast", lambda: layers.RandomContrast(0.2), IMAGE),
    stacked("Pictures", "RandomBrightness", lambda: layers.RandomBrightness(0.2), IMAGE),
    stacked(
        "Categories",
        "CategoryEncoding, one_hot",
        lambda: layers.CategoryEncoding(6, "one_hot"),
        (1,),
        "int32",
    ),
    stacked("Categories", "CategoryEncoding, multi_hot", lambda: layers.CategoryEncoding(6), (4,), "int32"),
    stacked(
        "Categories", "CategoryEncoding, count", lambda: layers.CategoryEncoding(6, "count"), (4,), "int32"
    ),
]

_NORMALISATION = [
    stacked("Normalisations", "BatchNormalization", lambda: layers.BatchNormalization(), IMAGE),
    stacked(
        "Normalisations",
        "BatchNormalization, of 2 axes",
        lambda: layers.BatchNormalization(epsilon=0.01),
        (7,),
    ),
    stacked("Normalisations", "BatchNormalization, of 3 axes", lambda: layers.BatchNormalization(), STEPS),
    stacked("Normalisations", "BatchNormalization, of 5 axes", lambda: layers.BatchNormalization(), VOLUME),
    stacked(
        "Normalisations", "BatchNormalization, first axis", lambda: layers.BatchNormalization(axis=1), IMAGE
    ),
    stacked(
        "Normalisations",
        "BatchNormalization, no scale",
        lambda: layers.BatchNormalization(scale=False),
        IMAGE,
    ),
    stacked(
        "Normalisations",
        "BatchNormalization, no centre",
        lambda: layers.BatchNormalization(center=False),
        IMAGE,
    ),
    stacked("Normalisations", "LayerNormalization", lambda: layers.LayerNormalization(), STEPS),
    stacked(
        "Normalisations",
        "LayerNormalization, two axes",
        lambda: layers.LayerNormalization(axis=[1, 2]),
        IMAGE,
    ),
    stacked(
        "Normalisations",
        "LayerNormalization, of 5 axes",
        lambda: layers.LayerNormalization(scale=False),
        VOLUME,
    ),
    stacked("Normalisations", "GroupNormalization", lambda: layers.GroupNormalization(2), (5, 4, 6)),
    stacked(
        "Normalisations", "GroupNormalization, each channel", lambda: layers.GroupNormalization(-1), IMAGE
    ),
    stacked(
        "Normalisations",
        "Normalization",
        lambda: layers.Normalization(mean=[1.0, 2, 3], variance=[4.0, 0.5, 9]),
        IMAGE,
    ),
    stacked(
        "Normalisations",
        "Normalization, one mean",
        lambda: layers.Normalization(axis=None, mean=20.0, variance=9.0),
        (7,),
    ),
    stacked(
        "Normalisations",
        "Normalization, inverted",
        lambda: layers.Normalization(mean=1.0, variance=4.0, invert=True, axis=None),
        (7,),
    ),
    stacked("Normalisations", "UnitNormalization", lambda: layers.UnitNormalization(), (7,)),
    stacked("Normalisations", "RMSNormalization", lambda: layers.RMSNormalization(), (7,)),
    stacked(
        "Normalisations", "SpectralNormalization", lambda: layers.SpectralNormalization(layers.Dense(4)), (7,)
    ),
]

_ATTENTION = [
    connected("Attention", "Attention", lambda a, b: layers.Attention()([a, b]), STEPS, STEPS),
    connected(
        "Attention", "AdditiveAttention", lambda a, b: layers.AdditiveAttention()([a, b]), STEPS, STEPS
    ),
    connected("Attention", "MultiHeadAttention", lambda x: layers.MultiHeadAttention(2, 3)(x, x), STEPS),
    connected(
        "Attention",
        "MultiHeadAttention, from one sequence to another",
        lambda a, b, c: layers.MultiHeadAttention(3, 2, value_dim=5, use_bias=False)(a, b, key=c),
        STEPS,
        (6, 3),
        (6, 5),
    ),
    stacked(
        "Attention", "EinsumDense", lambda: layers.EinsumDense("abc,cd->abd", (None, 5), bias_axes="d"), STEPS
    ),
]

#: Every case about layers, in the order of the table.
CASES: list[Case] = [
    *_CORE,
    *_ACTIVATION,
    *_CONVOLUTION,
    *_POOLING,
    *_SHAPE,
    *_NORMALISATION,
    *_ATTENTION,
    *SEQUENCES,
    *GRAPHS,
    *SETTINGS,
]
LAYERS = tuple(CASES)
