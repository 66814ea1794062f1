"""What names CIFAR-10's photographs: MobileNetV2 fine-tuned, beside a network that learned from them alone."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

from course_utils.book.pages import find_root
from course_utils.conversion.formats import TFJS_LAYERS
from course_utils.data import Examples, Splits, sources
from course_utils.training import photographs
from course_utils.training.augmentation import Warp
from course_utils.training.averaged import AveragedRecipe, averaged, on_top_of
from course_utils.training.pictures import PictureRecipe, Stage
from course_utils.training.recipes import FORMS

ANIMALS = ("cat", "dog")
#: The pictures of CIFAR-10 are enlarged by this factor: MobileNetV2 halves them five times.
ENLARGED = 3

_WIDTH = 0.35
_WARP = Warp(degrees=8.0, pixels=3.0, zoom=0.15, flip=True, beyond=0.45)
_LICENCE = f"{photographs.LICENCE}. MobileNetV2's weights: Google, through keras.applications (Apache-2.0)"
_LIMIT_OF_SIZE = (
    "It sees photographs at 32 × 32 pixels, as CIFAR-10 has them: what is small in a picture is lost."
)
_LIMIT_OF_ORIGIN = (
    "CIFAR-10's pictures were gathered by searching the web for names: which makes, breeds and places they show, "
    "nobody counted."
)


def cats_and_dogs() -> Splits:
    """CIFAR-10's cats (0) and dogs (1), float32 of shape (n, 32, 32, 3) from 0 to 1; nothing stands in for them.

    Raises:
        CourseError: CIFAR-10 is not at hand and cannot be downloaded.
    """
    everything = photographs.photographs()
    parts = [of_two(part) for part in (everything.train, everything.validation, everything.test)]
    return Splits(*parts, classes=ANIMALS, source=everything.source)


def of_two(part: Examples) -> Examples:
    """The cats and dogs of a part of CIFAR-10, in its order."""
    cat, dog = (photographs.CLASSES.index(name) for name in ANIMALS)
    rows = np.isin(part.labels, (cat, dog))
    return Examples(part.images[rows], (part.labels[rows] == dog).astype(np.int64))


def for_ten_things() -> keras.Model:
    """MobileNetV2 with a head for CIFAR-10's ten classes."""
    return network("pictures-tuned", "thing", len(photographs.CLASSES))


def for_two_animals() -> keras.Model:
    """The fine-tuned half of the shipped model for ten things, its head cut down to cats and dogs."""
    ten = keras.models.load_model(find_root() / "book" / "_static" / "models" / "pictures" / "pictures.keras")
    model = network("cats-dogs", "animal", len(ANIMALS), imagenet=False)
    for layer in model.layers[:-1]:
        layer.set_weights(ten.get_layer(layer.name).get_weights())
    columns = [photographs.CLASSES.index(name) for name in ANIMALS]
    model.layers[-1].set_weights([weights[..., columns] for weights in ten.get_layer("thing").get_weights()])
    return model


def network(
    name: str,
    answer: str,
    classes: int,
    pixels: tuple[int, int] = (32, 3),
    enlarged: int = ENLARGED,
    dropout: float = 0.2,
    imagenet: bool = True,
) -> keras.Model:
    """MobileNetV2 of width 0.35 with a new head, for square pictures with numbers from 0 to 1.

    Args:
        name: of the model.
        answer: of the layer that gives the probabilities.
        classes: how many.
        pixels: on a side of the pictures, and the colours of each: 3, or 1 for grey ones.
        enlarged: by which factor the pictures are enlarged first.
        dropout: of the features before the head.
        imagenet: whether the weights below the head are those of ImageNet, where these can be had; else random.
    """
    side, colours = pixels
    image = keras.Input((side, side, colours), name="image")
    x = layers.UpSampling2D(enlarged, interpolation="bilinear", name="enlarged")(image)
    x = layers.Rescaling(2.0, offset=-1.0, name="scaled")(x)
    if colours == 1:
        x = layers.Concatenate(name="colours")([x, x, x])
    path = sources.find(sources.MOBILENET_V2) if imagenet else None
    base = keras.applications.MobileNetV2(
        (side * enlarged, side * enlarged, 3),
        alpha=_WIDTH,
        include_top=False,
        weights=None if path is None else str(path),
    )
    for layer in base.layers:
        if isinstance(layer, layers.BatchNormalization):
            # ImageNet's statistics are not those of enlarged pictures: forget them within some dozen steps.
            layer.momentum = 0.95
    (x,) = on_top_of([x], base)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(image, layers.Dense(classes, activation="softmax", name=answer)(x), name=name)


def convolutional() -> keras.Model:
    """A convolutional network of 421,866 parameters and 38 million multiply-adds a picture, with random weights."""
    image = keras.Input((32, 32, 3), name="image")
    x = _convolution(image, 24, 2, "valid", 1)
    for number, filters in enumerate((48, 112, 112), start=1):
        x = _convolution(x, filters, 3, "same", 2 * number, halved=True)
        x = _convolution(x, filters, 3, "same", 2 * number + 1)
    x = layers.GlobalMaxPooling2D(name="strongest")(x)
    x = layers.Dropout(0.2, name="strongest_dropout")(x)
    # The softmax is computed in full precision where the rest is not.
    thing = layers.Dense(10, activation="softmax", dtype="float32", name="thing_by_convolutions")(x)
    return keras.Model(image, thing, name="convolutional")


def _convolution(
    x: keras.KerasTensor, filters: int, size: int, padding: str, number: int, halved: bool = False
) -> keras.KerasTensor:
    """A convolution, pooled where `halved`, normalised, and its ReLU; pooling first saves the rest three quarters."""
    x = layers.Conv2D(filters, size, padding=padding, use_bias=False, name=f"convolution_{number}")(x)
    if halved:
        x = layers.MaxPooling2D(name=f"pool_{number}")(x)
    x = layers.BatchNormalization(momentum=0.9, name=f"normalisation_{number}")(x)
    return layers.Activation("relu", name=f"relu_{number}")(x)


_OF_PHOTOGRAPHS: dict[str, Any] = {
    "data": photographs.photographs,
    "real_source": photographs.SOURCE,
    "licence": _LICENCE,
    "bundled_licence": _LICENCE,
    "forms": tuple(form for form in FORMS if form[0] == TFJS_LAYERS),
    "preprocessing": "colours divided by 255, so from 0 to 1; larger photographs are reduced to that size",
}
_TUNED = PictureRecipe(
    name="pictures-tuned",
    title="MobileNetV2 with a new head, all of it fine-tuned",
    build=for_ten_things,
    started_from="MobileNetV2 of width 0.35, as trained on ImageNet",
    bar=0.85,
    stages=(Stage(18, 1.5e-3, _WARP), Stage(10, 7e-4, _WARP)),
    batch_size=64,
    weight_decay=0.02,
    averaging=0.998,
    smoothing=0.1,
    limits=(),
    **_OF_PHOTOGRAPHS,
)
_CONVOLUTIONAL = PictureRecipe(
    name="pictures-convolutional",
    title="a convolutional network that learned from nothing else",
    build=convolutional,
    bar=0.84,
    precision="mixed_bfloat16",
    stages=(Stage(40, 5e-3, Warp(degrees=5.0, pixels=3.0, zoom=0.1, flip=True, beyond=0.45)),),
    weight_decay=0.1,
    averaging=0.995,
    smoothing=0.1,
    limits=(),
    **_OF_PHOTOGRAPHS,
)


def together() -> keras.Model:
    """Both networks for ten things, each asked about the picture and its mirror image: the mean of four answers."""
    return averaged([_TUNED.build(), _CONVOLUTIONAL.build()], "pictures", mirrored=True)


RECIPES = (
    AveragedRecipe(
        name="pictures",
        title="Photographs of ten things: two networks that answer together",
        build=together,
        members=(_TUNED, _CONVOLUTIONAL),
        mirrored=True,
        # On 2,500 validation pictures a byte a weight seemed to cost nothing; on the test pictures it cost 0.4 points.
        too_coarse=("uint8",),
        started_from="weights drawn at random in one network, and MobileNetV2 as trained on ImageNet in the other",
        bar=0.88,
        limits=(
            "It knows ten things and nothing else: shown a face or a cup, it still names one of the ten.",
            _LIMIT_OF_SIZE,
            "Cats and dogs are what it confuses most; the table above says how often.",
            _LIMIT_OF_ORIGIN,
            "It is here for pages without a network. Where the genuine MobileNet with its thousand classes can be had, "
            "that one is used, and the page says which.",
        ),
        **_OF_PHOTOGRAPHS,
    ),
    PictureRecipe(
        name="cats-dogs",
        title="Cats and dogs: the network for ten things, trained on for two",
        build=for_two_animals,
        data=cats_and_dogs,
        real_source=photographs.SOURCE,
        licence=_LICENCE,
        bundled_licence=_LICENCE,
        started_from="the fine-tuned half of the shipped model for ten things, its head cut down to two answers",
        bar=0.85,
        forms=tuple(form for form in FORMS if form[0] == TFJS_LAYERS),
        preprocessing="colours divided by 255, so from 0 to 1; larger photographs are cut to a square and reduced",
        stages=(Stage(6, 5e-4, _WARP),),
        batch_size=64,
        weight_decay=0.02,
        averaging=0.99,
        smoothing=0.1,
        limits=(
            "It has two answers: shown a horse, it says cat or dog.",
            _LIMIT_OF_SIZE,
            _LIMIT_OF_ORIGIN,
        ),
    ),
)
