"""The trusted side: a network read from the data of `models`, and computed with NumPy.

Nothing of the student's is run or loaded here, and no Keras either: a layer is a word from a list, with numbers. What
is not on the list, does not fit together or is too large to compute is refused, with a sentence that says so.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from course_utils.checks.judging import Reading, Wording, read, read_numbers, say_kind
from course_utils.checks.layers import KINDS, Kind, Shape, Unreadable

MOST_LAYERS = 200
#: What decides what a layer computes. `name`, initial values, penalties and the like do not.
SETTINGS = (
    *(
        "activation",
        "axis",
        "center",
        "data_format",
        "depth_multiplier",
        "dilation_rate",
        "epsilon",
        "filters",
    ),
    *("groups", "invert", "kernel_size", "max_value", "mean", "negative_slope", "offset", "padding"),
    *("pool_size", "scale", "strides", "threshold", "trainable", "units", "use_bias", "variance"),
)
_INPUT = "InputLayer"
_MOST_NUMBERS = 20_000_000
#: Rows that are computed at once, multiplications and numbers in memory that they may take.
_ROWS, _MOST_WORK, _MOST_IN_MEMORY = 8, 5e8, 2e7


@dataclass(frozen=True)
class Layer:
    """One call of a layer.

    Attributes:
        sources: the places of the layers that it gets its input from, all before its own.
        first: the place of the layer's first call, which has its weights.
        shape: of what it gives for one row.
        weights: their shapes; `values` are the weights themselves, None where they are too large to have been sent.
    """

    kind: str
    settings: Mapping[str, Any]
    sources: tuple[int, ...]
    first: int
    shape: Shape
    weights: tuple[Shape, ...] = ()
    values: tuple[np.ndarray, ...] | None = ()

    @property
    def learnt(self) -> tuple[Shape, ...]:
        """The shapes of the weights that training changes."""
        learns = KINDS[self.kind].learns(self.settings) if self.settings.get("trainable", True) else 0
        return self.weights[:learns]


@dataclass(frozen=True)
class Network:
    """A network with one input and one output."""

    layers: tuple[Layer, ...]
    output: int

    @property
    def given(self) -> Shape:
        """The shape of one row of what goes in."""
        return self.layers[0].shape

    @property
    def gives(self) -> Shape:
        """The shape of one row of what comes out."""
        return self.layers[self.output].shape

    @cached_property
    def owners(self) -> tuple[Layer, ...]:
        """The layers in order, each once, inputs left out."""
        return tuple(
            layer for at, layer in enumerate(self.layers) if layer.kind != _INPUT and layer.first == at
        )

    @property
    def parameters(self) -> int:
        """How many numbers the weights are, those that training leaves alone included."""
        return sum(math.prod(shape) for layer in self.owners for shape in layer.weights)

    @property
    def trainable(self) -> list[list[int]]:
        """The shapes of the weights that training changes."""
        return [list(shape) for layer in self.owners for shape in layer.learnt]

    def answers(self, rows: np.ndarray, weights: Sequence[np.ndarray] | None = None) -> np.ndarray:
        """Compute what the network says of rows of shape (n, …); `weights` take the place of those that it learns.

        Raises Unreadable where that would take too long or too much memory.
        """
        if rows.shape[1:] != self.given:
            raise Unreadable(f"a model for inputs of shape {self.given} instead of {rows.shape[1:]}")
        values = self._values(weights)
        work = sum(self._work(layer) for layer in self.layers)
        if work * len(rows) > _MOST_WORK:
            raise Unreadable("a model that takes too long to compute")
        if (
            max(math.prod(layer.shape) + self._window(layer) for layer in self.layers) * _ROWS
            > _MOST_IN_MEMORY
        ):
            raise Unreadable("a model whose feature maps are too large")
        with np.errstate(all="ignore"):
            parts = [self._run(rows[at : at + _ROWS], values) for at in range(0, len(rows), _ROWS)]
        return np.concatenate(parts)

    def _values(self, weights: Sequence[np.ndarray] | None) -> dict[int, list[np.ndarray]]:
        left = None if weights is None else list(weights)
        values = {}
        for layer in self.owners:
            if layer.values is None and (left is None or layer.learnt != layer.weights):
                raise Unreadable("a model with too many weights")
            own = list(layer.values or ())
            if left is not None:
                many = len(layer.learnt)
                own[:many], left = left[:many], left[many:]
            values[layer.first] = own
        return values

    def _window(self, layer: Layer) -> int:
        return (
            KINDS[layer.kind].window(layer.settings, self._inputs(layer), layer.shape) if layer.sources else 0
        )

    def _work(self, layer: Layer) -> int:
        if not layer.sources:
            return 0
        # Each number of a window, or of the last axis, is multiplied once for each number that is made of it.
        each = max(layer.shape[-1:], default=1)
        return math.prod(layer.shape) * (1 + self._inputs(layer)[0][-1]) + self._window(layer) * each

    def _inputs(self, layer: Layer) -> list[Shape]:
        return [self.layers[source].shape for source in layer.sources]

    def _run(self, rows: np.ndarray, values: Mapping[int, list[np.ndarray]]) -> np.ndarray:
        found: list[np.ndarray] = []
        for layer in self.layers:
            if layer.kind == _INPUT:
                found.append(rows.astype(np.float32))
                continue
            inputs = [found[source] for source in layer.sources]
            found.append(KINDS[layer.kind].apply(layer.settings, inputs, values.get(layer.first, [])))
        return found[self.output]


@dataclass(frozen=True)
class Built:
    """What a student's `build_model` came to.

    Attributes:
        facts: what was collected beside the network.
        problem: why there is no Keras model, for people; empty where there is one.
        network: the model; None where `unread` says why it cannot be judged.
    """

    facts: Mapping[str, Any]
    problem: str = ""
    network: Network | None = None
    unread: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any], words: Wording) -> "Built":
        """Look at what `models.collect_built` returned."""
        if "answer" not in data:
            problem = read(data, words).problem
            return cls({}, problem, unread=problem)
        facts = data["answer"]
        if facts.get("keras") is not True or not isinstance(facts.get("network"), Mapping):
            problem = f"{say_kind(facts.get('model'))} instead of a Keras model"
            return cls(facts, problem, unread=problem)
        try:
            return cls(facts, network=read_network(facts["network"]))
        except Unreadable as problem:
            return cls(facts, unread=str(problem))

    def answers(self, rows: np.ndarray, weights: Sequence[np.ndarray] | None = None) -> Reading:
        """What the network says of rows, or why it says nothing."""
        if self.network is None:
            return Reading(None, problem=self.unread)
        try:
            return Reading(self.network.answers(rows, weights).astype(np.float64), "array")
        except Unreadable as problem:
            return Reading(None, problem=str(problem))


def read_network(data: object) -> Network:
    """Read what `models.describe_model` wrote as a network. Raises Unreadable, with a sentence, for anything else."""
    listed = data.get("layers") if isinstance(data, Mapping) else None
    outputs = data.get("outputs") if isinstance(data, Mapping) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST_LAYERS:
        raise Unreadable("no model that could be read")
    layers: list[Layer] = []
    for said in listed:
        layers.append(_read_layer(said, layers))
    if not isinstance(outputs, list) or len(outputs) != 1 or not _is_place(outputs[0], layers):
        raise Unreadable("a model with several outputs")
    if [layer.kind for layer in layers].count(_INPUT) != 1 or layers[0].kind != _INPUT:
        raise Unreadable("a model with several inputs")
    return Network(tuple(layers), outputs[0])


def _is_place(said: object, layers: Sequence[Layer]) -> bool:
    return type(said) is int and 0 <= said < len(layers)


def _read_layer(said: object, before: list[Layer]) -> Layer:
    if not isinstance(said, Mapping):
        raise Unreadable("no model that could be read")
    kind = said.get("kind")
    if kind == _INPUT:
        return Layer(_INPUT, {}, (), len(before), _read_shape(said.get("shape")))
    if not isinstance(kind, str) or kind not in KINDS:
        raise Unreadable(f"a layer of the kind {str(kind)[:60]}, which these checks do not know")
    sources = said.get("from")
    if not isinstance(sources, list) or not sources or not all(_is_place(one, before) for one in sources):
        raise Unreadable("layers that do not hang together")
    inputs = [before[one].shape for one in sources]
    if "same" in said:
        return _called_again(said["same"], kind, tuple(sources), inputs, before)
    settings = said.get("settings")
    settings = dict(settings) if isinstance(settings, Mapping) else {}
    shape, weights = _fit(KINDS[kind], settings, inputs)
    values = _read_weights(said.get("weights"), weights)
    return Layer(kind, settings, tuple(sources), len(before), shape, weights, values)


def _called_again(
    first: object, kind: str, sources: tuple[int, ...], inputs: list[Shape], before: list[Layer]
) -> Layer:
    if not _is_place(first, before) or before[first].kind != kind:  # type: ignore[index]
        raise Unreadable("layers that do not hang together")
    layer = before[first]  # type: ignore[index]
    shape, weights = _fit(KINDS[kind], layer.settings, inputs)
    if weights != layer.weights:
        raise Unreadable("layers that do not hang together")
    return Layer(kind, layer.settings, sources, layer.first, shape)


def _fit(kind: Kind, settings: Mapping[str, Any], inputs: list[Shape]) -> tuple[Shape, tuple[Shape, ...]]:
    """Return the shapes of what a layer gives and of its weights."""
    if settings.get("data_format", "channels_last") != "channels_last":
        raise Unreadable("a model whose channels come first")
    shape, weights = kind.shape(settings, inputs), kind.weights(settings, inputs)
    if not all(size > 0 for size in shape):
        raise Unreadable("a layer that gives nothing")
    if max(map(math.prod, (shape, *weights))) > _MOST_NUMBERS:
        raise Unreadable("a layer that is too large to look at")
    return shape, weights


def _read_shape(said: object) -> Shape:
    if said is None:
        raise Unreadable("a model without an input shape: begin with keras.Input(shape=…)")
    if not isinstance(said, list) or len(said) > 4 or not all(type(one) is int and one > 0 for one in said):
        raise Unreadable("an input whose shape is not fixed")
    if math.prod(said) > _MOST_NUMBERS:
        raise Unreadable("an input that is too large to look at")
    return tuple(said)


def _read_weights(said: object, shapes: tuple[Shape, ...]) -> tuple[np.ndarray, ...] | None:
    if not isinstance(said, list) or len(said) != len(shapes):
        raise Unreadable("a layer whose weights are missing")
    found = [read_numbers(one).value for one in said]
    if any(value is None for value in found):
        return None
    if any(value.shape != shape for value, shape in zip(found, shapes, strict=True)):  # type: ignore[union-attr]
        raise Unreadable("weights that do not fit their layer")
    return tuple(value.astype(np.float32) for value in found)  # type: ignore[union-attr]
