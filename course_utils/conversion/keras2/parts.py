"""What a repaired model consists of: for each layer of the file its place in Keras 3, and how its weights fit there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_utils.conversion.keras2.values import Damaged

MODELS = ("Sequential", "Functional", "Model", "Network", "Container")
OPERATIONS = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")
# Keras 2's hard_sigmoid is clip(x / 5 + 1/2, 0, 1), that of Keras 3 clip(x / 6 + 1/2, 0, 1): the same for 6/5 · x,
# and where x is made by weights, they can be made 6/5 as large instead.
HARD_SIGMOID = 1.2
_GATES = {"LSTM": 4, "LSTMCell": 4, "GRU": 3, "GRUCell": 3, "ConvLSTM1D": 4, "ConvLSTM2D": 4, "ConvLSTM3D": 4}
# Which of the gates pass through the recurrent activation; the rest through the activation.
_RECURRENT = {4: (0, 1, 3), 3: (0, 1)}


@dataclass
class Part:
    """One layer of the file."""

    name: str  # in the file
    key: str  # in Keras 3, where a name holds no slash
    class_name: str  # in the file
    settings: dict[str, Any] = field(default_factory=dict)  # of Keras 3
    trainable: bool = True
    children: list[Part] = field(default_factory=list)

    @property
    def is_model(self) -> bool:
        """Whether it is a model inside the model, or the model itself."""
        return self.class_name in MODELS

    @property
    def is_operation(self) -> bool:
        """Whether it is a function of TensorFlow's, no layer."""
        return self.class_name in OPERATIONS


@dataclass
class Repaired:
    """A config that Keras 3 loads, and the parts that its weights belong to."""

    config: dict[str, Any]
    part: Part


@dataclass
class Slot:
    """One weight: the name that the file may have for it, and what makes it that of Keras 3."""

    path: str  # as TensorFlow.js names it: layer/kernel
    variable: Any
    part: Part
    trainable: bool
    transform: Callable[[np.ndarray], np.ndarray] | None = None
    shape: tuple[int, ...] = ()  # in the file

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


_FIXED = ("moving_mean", "moving_variance", "mean", "variance", "count", "vector_u")


def slots(part: Part, layer: Any, scope: str | None = None, *, frozen: bool = False) -> list[Slot]:
    """The weights of a part, in the order of the layers in the file, each layer's own as Keras creates them.

    Args:
        part: from the file.
        layer: what Keras 3 made of it.
        scope: the path of names above it, where TensorFlow.js keeps one: wrappers do, models do not.
        frozen: something around it was not trained.
    """
    frozen = frozen or not part.trainable
    if part.is_operation:
        return []
    if part.is_model:
        found = []
        for child in part.children:
            found += slots(child, made_of(child, layer), frozen=frozen)
        return found
    here = part.name if scope is None else scope
    if part.class_name == "TimeDistributed":
        return slots(part.children[0], layer.layer, here, frozen=frozen)
    if part.class_name == "Bidirectional":
        forward, backward = part.children
        ahead = slots(forward, layer.forward_layer, f"{here}/forward_{forward.name}", frozen=frozen)
        return ahead + slots(
            backward, layer.backward_layer, f"{here}/backward_{backward.name}", frozen=frozen
        )
    if part.class_name == "RNN":
        cells = part.children
        if len(cells) == 1 and not hasattr(layer.cell, "cells"):
            return slots(cells[0], layer.cell, here, frozen=frozen)
        return [
            slot
            for index, (cell, made) in enumerate(zip(cells, layer.cell.cells, strict=True))
            for slot in slots(cell, made, f"{here}/RNNCell_{index}", frozen=frozen)
        ]
    return [_slot(part, layer, variable, here, frozen=frozen) for variable in layer.weights]


def made_of(part: Part, model: Any) -> Any:
    """The layer of `model` that Keras 3 made of a part; none of a function."""
    if part.is_operation:
        return None
    for layer in model.layers:
        if layer.name == part.key:
            return layer
    raise Damaged(
        f"The layer {part.name} leads to no output of the model {model.name}: save the model again."
    )


def _slot(part: Part, layer: Any, variable: Any, scope: str, *, frozen: bool) -> Slot:
    inner = variable.path.split("/")
    name = inner[-1]
    if part.class_name.startswith("Depthwise") and name == "kernel":
        name = "depthwise_kernel"
    elif part.class_name == "MultiHeadAttention":
        name = "/".join(inner[-2:])
    shape = tuple(variable.shape)
    slot = Slot(f"{scope}/{name}", variable, part, not frozen and name not in _FIXED, shape=shape)
    if part.class_name in ("CuDNNLSTM", "CuDNNGRU"):
        units = layer.units
        slot.shape = (2 * 4 * units,) if part.class_name == "CuDNNLSTM" and name == "bias" else shape
        if name == "bias" and part.class_name == "CuDNNGRU":
            slot.shape = (2 * 3 * units,)
        slot.transform = _cudnn(part.class_name, name, units)
        return slot
    factor = _factor(part, name, shape)
    if factor is not None:
        slot.transform = lambda array: (array * factor).astype(array.dtype)
    return slot


def _factor(part: Part, name: str, shape: tuple[int, ...]) -> np.ndarray | float | None:
    """What a weight is multiplied with so that Keras 3's hard_sigmoid gives what that of Keras 2 gave."""
    gates = _GATES.get(_class(part))
    own = HARD_SIGMOID if part.settings.get("activation") == "hard_sigmoid" else 1.0
    if gates is None:
        if (
            own == 1.0
            or _class(part) == "Activation"
            or (name == "depthwise_kernel" and "Separable" in part.class_name)
        ):
            return None
        return own
    recurrent = HARD_SIGMOID if part.settings.get("recurrent_activation") == "hard_sigmoid" else 1.0
    if own == recurrent == 1.0:
        return None
    scales = [recurrent if gate in _RECURRENT[gates] else own for gate in range(gates)]
    return np.repeat(np.asarray(scales, "float64"), shape[-1] // gates)


def _class(part: Part) -> str:
    from course_utils.conversion.keras2.settings import ALIASES

    return ALIASES.get(part.class_name, part.class_name)


def _cudnn(class_name: str, name: str, units: int) -> Callable[[np.ndarray], np.ndarray]:
    """From the order of NVIDIA's library, as hdf5_format.py of Keras 2 turns it, to that of the plain layers."""
    gates = 4 if class_name == "CuDNNLSTM" else 3

    def turned(array: np.ndarray) -> np.ndarray:
        if name == "bias":
            halves = array.reshape(2, gates * units)
            return halves.sum(axis=0) if gates == 4 else halves
        blocks = np.split(array, gates, axis=1)
        if name == "kernel":
            return np.hstack([block.T.reshape(block.shape, order="F") for block in blocks])
        return np.hstack([block.T for block in blocks])

    return turned


def walk(part: Part) -> Iterator[Part]:
    """The part and all that is in it."""
    yield part
    for child in part.children:
        yield from walk(child)
