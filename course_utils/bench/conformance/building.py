"""How a case's model is built around the layers it is about: inputs before, weights drawn at random."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import keras
import numpy as np

from course_utils.bench.conformance.case import Case
from course_utils.bench.conformance.randomise import leaves

Layers = keras.Layer | Sequence[keras.Layer]


def draw(model: keras.Model, seed: int = 0) -> keras.Model:
    """Draw all weights of a small model, so that no two computations of it agree by chance; in place."""
    random = np.random.default_rng(seed)
    for layer in leaves(model):
        for variable in layer.weights:
            name, shape = variable.path.split("/")[-1], tuple(variable.shape)
            if "variance" in name:
                variable.assign(random.uniform(0.5, 1.5, shape))
            elif str(variable.dtype).startswith("float") and "state" not in variable.path:
                fan_in = max(1, int(np.prod(shape[:-1])) if len(shape) > 1 else 4)
                variable.assign(random.normal(0.1, 1 / np.sqrt(fan_in), shape))
    return model


def _of_layers(
    make: Callable[[], Layers], shape: Sequence[int | None], dtype: str, batch: int | None
) -> keras.Model:
    made = make()
    stack = list(made) if isinstance(made, Sequence) else [made]
    given = keras.Input(batch_shape=(batch, *shape), dtype=dtype, name="given")
    return draw(keras.Sequential([given, *stack], name="case"))


def _of_function(
    make: Callable[..., object], shapes: Sequence[Sequence[int | None]], dtypes: Sequence[str]
) -> keras.Model:
    given = [
        keras.Input(tuple(shape), dtype=dtype, name=f"given_{place}")
        for place, (shape, dtype) in enumerate(zip(shapes, dtypes, strict=True))
    ]
    return draw(keras.Model(given, make(*given), name="case"))


def stacked(
    family: str,
    name: str,
    make: Callable[[], Layers],
    shape: Sequence[int | None],
    dtype: str = "float32",
    batch: int | None = None,
) -> Case:
    """A case of one layer, or several in a row, that take tensors of `shape` (without the batch)."""
    return Case(name, family, partial(_of_layers, make, shape, dtype, batch))


def connected(
    family: str,
    name: str,
    make: Callable[..., object],
    *shapes: Sequence[int | None],
    dtypes: Sequence[str] = (),
) -> Case:
    """A case of a function of tensors, one for each shape."""
    return Case(name, family, partial(_of_function, make, shapes, dtypes or ["float32"] * len(shapes)))
