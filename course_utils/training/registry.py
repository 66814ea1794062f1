"""The models that `course train` knows, each with its recipe."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course_utils.errors import UsageError

if TYPE_CHECKING:
    import keras

    from course_utils.data import Splits


@dataclass(frozen=True)
class Warp:
    """How far training pictures may be bent, each amount drawn anew for each picture."""

    degrees: float = 0.0  #: rotation to either side
    pixels: float = 0.0  #: shift along each axis
    zoom: float = 0.0  #: natural logarithm of the scale of each axis
    shear: float = 0.0  #: pixels sideways per pixel downwards
    elastic: float = 0.0  #: standard deviation in pixels of a smooth field of shifts


@dataclass(frozen=True)
class Stage:
    """One stretch of training: over its epochs the learning rate rises to `learning_rate` and falls to 0."""

    epochs: int
    learning_rate: float
    warp: Warp


@dataclass(frozen=True)
class Recipe:
    """How one shipped model is made.

    `build()` gives the untrained model for pictures of shape (28, 28, 1) with numbers from 0 to 1, and `data()`
    the splits that hold such pictures. `bar` is the test accuracy that the shipped model must reach.
    """

    name: str
    title: str
    build: Callable[[], keras.Model]
    data: Callable[[], Splits]
    real_source: str  #: how the source of the real data begins, as `Splits.source` says it
    licence: str  #: of the real data
    bundled_licence: str
    limits: tuple[str, ...]  #: what the model must not be trusted with, one sentence each
    bar: float
    stages: tuple[Stage, ...]
    batch_size: int = 128
    weight_decay: float = 1e-3
    averaging: float = 0.999  #: momentum of the moving average over the weights


def _digits_cnn() -> keras.Model:
    from course_utils.training import digits

    return digits.cnn()


def _digits_mlp() -> keras.Model:
    from course_utils.training import digits

    return digits.mlp()


def _digits() -> Splits:
    from course_utils.training import digits

    return digits.pictures()


_DIGITS = {
    "data": _digits,
    "real_source": "MNIST",
    "licence": "MNIST: Yann LeCun, Corinna Cortes and Christopher Burges, from data of NIST; CC BY-SA 3.0",
    "bundled_licence": "Optical Recognition of Handwritten Digits: Ethem Alpaydin and Cenk Kaynak; CC BY 4.0",
    "limits": (
        "It knows the digits 0 to 9 and nothing else: shown a letter or a blank page, it still names a digit, "
        "often with a high probability.",
        "It expects a white digit on black, 20 pixels high and centred by its mass in 28 × 28, as MNIST has them; "
        "a drawing must be brought into that form first.",
        "MNIST was written in the USA around 1990. Other ways of writing a 1, a 7 or a 9 are recognised less well, "
        "and nobody has measured by how much.",
    ),
}

#: Every model that ships with the course, by name.
MODELS = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="digits-cnn",
            title="Handwritten digits, a small convolutional network",
            build=_digits_cnn,
            bar=0.995,
            # Chosen on the validation part. A last stage without bending (0.9943), or with elastic shifts twice as
            # large (0.9895), was worse than this one (0.9955), and none at all hardly so (0.9953).
            stages=(
                Stage(80, 8e-3, Warp(degrees=10.0, pixels=1.0, zoom=0.1, shear=0.1, elastic=0.7)),
                Stage(16, 3e-3, Warp(degrees=12.0, pixels=1.5, zoom=0.13, shear=0.13, elastic=0.7)),
            ),
            **_DIGITS,
        ),
        Recipe(
            name="digits-mlp",
            title="Handwritten digits, dense layers only",
            build=_digits_mlp,
            bar=0.985,
            stages=(Stage(60, 4e-3, Warp(degrees=6.0, pixels=1.0, zoom=0.06, shear=0.06, elastic=0.5)),),
            **_DIGITS,
        ),
    )
}


def recipe(name: str) -> Recipe:
    """The recipe of the model `name`; raises `UsageError` naming the known ones."""
    if name not in MODELS:
        near = difflib.get_close_matches(name, MODELS, n=1)
        hint = f": did you mean {near[0]}?" if near else "."
        raise UsageError(f"There is no model {name} to train among {', '.join(MODELS)}{hint}")
    return MODELS[name]
