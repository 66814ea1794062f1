"""A TensorFlow.js model while it is made: layers, the calls of them, and the tensors between."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.conversion.layers.masks import MERGING

if TYPE_CHECKING:
    from course_utils.conversion.layers.translation import Translation

Shape = tuple[int | None, ...]
#: A variable or an array; it is turned into numbers when it is written, not before.
Weight = Any

# TensorFlow.js refuses other names for tensors, and takes a slash for the end of a scope.
_NAMES = re.compile(r"[A-Za-z0-9][-A-Za-z0-9._]*")


@dataclass(eq=False)
class Layer:
    """A layer of TensorFlow.js.

    Attributes:
        class_name: as TensorFlow.js registers it.
        name: unique in the whole model, nested ones included.
        config: what its constructor takes, in Python's spelling; without the name.
        weights: (name inside the layer, array) in no particular order.
        inside: the layer that a wrapper holds, or the graph that a nested model is.
        calls: for each call, the tensors that it takes.
    """

    class_name: str
    name: str
    config: dict[str, Any] = field(default_factory=dict)
    weights: tuple[tuple[str, Weight], ...] = ()
    inside: Layer | Graph | None = None
    calls: list[tuple[Tensor, ...]] = field(default_factory=list)


@dataclass(frozen=True)
class Tensor:
    """What a call of a layer gives: its `index`th output. Frozen layers are compared by identity."""

    layer: Layer
    call: int
    index: int
    shape: Shape


@dataclass
class Graph:
    """A whole model: tensors in, tensors out; `chain` asks for a Sequential where it is one."""

    name: str
    inputs: list[Tensor]
    outputs: list[Tensor]
    layers: list[Layer]
    chain: bool = False


class Names:
    """Hands out names that TensorFlow.js accepts, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self.changed: dict[str, str] = {}

    def take(self, wanted: str, *, known: bool = True) -> str:
        """`wanted`, or the like of it that is free. What was changed of a name `known` to users is in `changed`."""
        name = wanted
        if not _NAMES.fullmatch(name):
            name = re.sub(r"[^-A-Za-z0-9._]", "_", name)
            name = name if name[:1].isalnum() else f"layer{name}"
        free, number = name, 0
        while free in self._taken:
            number += 1
            free = f"{name}_{number}"
        self._taken.add(free)
        if known and free != wanted:
            self.changed.setdefault(wanted, free)
        return free


class Site:
    """Where a rule writes what a Keras layer becomes.

    A layer that is called again is asked for again, by the same rule: the layers that it became the first time are
    called again then, with the weights that they have.
    """

    def __init__(self, source: Any, translation: Translation, layers: list[Layer]) -> None:
        self.source = source
        self.name = source.name
        self.trainable = bool(getattr(source, "trainable", True))
        self._translation, self._layers = translation, layers
        self.tell, self.inner = translation.tell, translation.inner

    def like(self, source: Any) -> Site:
        """A place beside this one, for what belongs to another source."""
        return self._translation.site(source, self._layers)

    def add(
        self,
        class_name: str,
        inputs: Tensor | Sequence[Tensor],
        config: dict[str, Any] | None = None,
        *,
        shape: Sequence[int | None] | None = None,
        weights: Sequence[tuple[str, Weight]] = (),
        role: str = "",
        inside: Layer | Graph | None = None,
        key: object = None,
    ) -> Tensor:
        """Call a layer on `inputs` and return its first output.

        Args:
            class_name: of TensorFlow.js.
            inputs: the tensors it takes.
            config: what its constructor takes besides name and trainable.
            shape: of the output; that of the first input where nothing is said.
            weights: (name, array), by the names of TensorFlow.js.
            role: what it does where the Keras layer becomes several; the one without a role keeps the name.
            inside: for wrappers.
            key: tells apart what has other weights for inputs of another shape.
        """
        taken = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
        carried = self._translation.carried
        if class_name in MERGING:
            # TensorFlow.js merges masks wrongly; a Rescaling drops them.
            taken = tuple(self._unmasked(tensor) if carried.at(tensor) else tensor for tensor in taken)
        # TensorFlow.js counts a tensor that a layer takes twice as used up once too often.
        seen: list[Tensor] = []
        for tensor in taken:
            twice = tensor in seen
            seen.append(self._again(tensor) if twice else tensor)
        layer = self._layer(class_name, config or {}, tuple(weights), role, inside, key)
        layer.calls.append(tuple(seen))
        carried.follow(layer, len(layer.calls) - 1, seen[0])
        return Tensor(layer, len(layer.calls) - 1, 0, tuple(taken[0].shape if shape is None else shape))

    def output(self, tensor: Tensor, index: int, shape: Sequence[int | None]) -> Tensor:
        """Another output of the call that gave `tensor`."""
        return Tensor(tensor.layer, tensor.call, index, tuple(shape))

    def _unmasked(self, tensor: Tensor) -> Tensor:
        return self.rescale(tensor, 1.0, role="unmasked")

    def _again(self, tensor: Tensor) -> Tensor:
        return self.add("Activation", tensor, {"activation": "linear"}, role="again")

    def _layer(
        self,
        class_name: str,
        config: dict[str, Any],
        weights: tuple[tuple[str, Weight], ...],
        role: str,
        inside: Layer | Graph | None,
        key: object,
    ) -> Layer:
        # By its role: a call may take steps, such as dropping a mask, that another does not.
        settled = json.dumps(config, sort_keys=True, default=str)
        identity = (id(self.source), role, class_name, settled, key)
        made = self._translation.made
        if identity not in made:
            name = self._translation.names.take(f"{self.name}_{role}" if role else self.name, known=not role)
            settings = {"trainable": self.trainable, "dtype": "float32", **config}
            layer = Layer(class_name, name, settings, weights, inside)
            made[identity] = layer
            self._layers.append(layer)
        return made[identity]

    # The steps that many rules take.

    def permute(self, x: Tensor, dims: Sequence[int], role: str = "permute") -> Tensor:
        """Transpose; `dims` as Permute takes them, the first axis after the batch being 1."""
        shape = (x.shape[0], *(x.shape[dim] for dim in dims))
        return self.add("Permute", x, {"dims": list(dims)}, shape=shape, role=role)

    def reshape(self, x: Tensor, shape: Sequence[int | None], role: str = "reshape") -> Tensor:
        """Reshape all but the batch; one size may be None."""
        target = [-1 if size is None else int(size) for size in shape]
        return self.add("Reshape", x, {"target_shape": target}, shape=(x.shape[0], *shape), role=role)

    def rescale(self, x: Tensor, scale: Any, offset: Any = 0.0, role: str = "rescale") -> Tensor:
        """x × scale + offset, with numbers or arrays."""
        config = {"scale": as_json(scale), "offset": as_json(offset)}
        return self.add("Rescaling", x, config, role=role)

    def activate(self, x: Tensor, activation: str, role: str = "activation") -> Tensor:
        """An activation that TensorFlow.js has."""
        return self.add("Activation", x, {"activation": activation}, role=role)

    def relu(self, x: Tensor, role: str, most: float | None = None) -> Tensor:
        """max(x, 0), and at most `most`."""
        return self.add("ReLU", x, {"max_value": most}, role=role)


def as_json(value: Any) -> Any:
    """A number, or nested lists of them, each the float32 that Keras computes with."""
    array = np.asarray(value)
    return float(array) if array.ndim == 0 else array.astype(np.float32).astype(float).tolist()
