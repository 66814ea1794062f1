"""One case of the conformance table: a model with a name, built the same way every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras
    import numpy as np


@dataclass(frozen=True)
class Case:
    """A model that every format is tried on.

    Attributes:
        name: unique in the table, such as "Conv2D, same, stride 2".
        family: the heading under which the table folds the case, such as "Convolutions".
        build: makes the model; the same weights every time, its own random numbers left out of the global state.
        inputs: `inputs(count, seed)` gives `count` examples as one array an input, in the model's order, or None
            where `conversion.proof.inputs.sample_inputs` knows how to make them.
    """

    name: str
    family: str
    build: Callable[[], keras.Model]
    inputs: Callable[[int, int], list[np.ndarray]] | None = None
