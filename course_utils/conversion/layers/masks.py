"""Masks: which steps of a sequence count.

Keras hands each layer the mask of its input. TensorFlow.js hands on the first mask that it meets to every later layer,
forgets it in other layers than Keras does, and keeps numbers at masked steps where Keras has zeros. So it is followed
here which mask a tensor has in either, and where they differ the layer that asks for it is given the right one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from course_utils.conversion.layers.registry import refuse

if TYPE_CHECKING:
    from course_utils.conversion.layers.sketch import Layer, Site, Tensor

RECURRENT = ("SimpleRNN", "GRU", "LSTM", "RNN", "Bidirectional", "ConvLSTM2D")
MERGING = ("Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot")
# Layers of TensorFlow.js that hand their input's mask on.
_CARRYING = (
    "Activation", "AlphaDropout", "BatchNormalization", "Dense", "Dropout", "GaussianDropout", "GaussianNoise",
    "LayerNormalization", "PReLU", "ReLU", "SpatialDropout1D", "TimeDistributed",
)  # fmt: skip
# No number is this one, so nothing is masked by it.
_NEVER = -3.0e38
_LARGE = 1e38


@dataclass(eq=False)
class Mask:
    """A mask, by where it comes from: `kind` is embedding, masking, any (of `parts`), all (every step) or other."""

    kind: str
    layer: Any
    source: Tensor | None = None
    parts: tuple[Mask, ...] = ()
    origin: Any = field(default=None)

    def __post_init__(self) -> None:
        self.origin = SimpleNamespace(name=f"{self.layer.name}_mask", trainable=False)


def either(layer: Any, masks: Sequence[Mask]) -> Mask:
    """The mask of a merged tensor: a step counts where it counts in any."""
    whole = [mask for mask in masks if mask.kind == "all"]
    if whole or len(set(masks)) == 1:
        return (*whole, *masks)[0]
    return Mask("any", layer, parts=tuple(masks))


class Carried:
    """Which mask TensorFlow.js itself has at each tensor; `exist` says whether there are masks in the model at all."""

    def __init__(self, *, exist: bool) -> None:
        self.exist = exist
        self._at: dict[tuple[Layer, int], Mask] = {}

    def at(self, tensor: Tensor) -> Mask | None:
        """The mask that comes with a tensor."""
        return self._at.get((tensor.layer, tensor.call))

    def set(self, tensor: Tensor, mask: Mask) -> None:
        """A mask that begins here."""
        self._at[tensor.layer, tensor.call] = mask

    def follow(self, layer: Layer, call: int, x: Tensor) -> None:
        """What becomes of the first input's mask."""
        mask = self.at(x)
        inside = layer.inside if layer.class_name == "Bidirectional" else layer
        returns = layer.class_name in RECURRENT and inside.config["return_sequences"]
        if mask is not None and (layer.class_name in _CARRYING or returns):
            self._at[layer, call] = mask


def as_numbers(site: Site, mask: Mask, asking: Any) -> Tensor:
    """The mask as 1 and 0, of shape (batch, steps, 1)."""
    site = site.like(mask.origin)
    if mask.kind == "any":
        return site.add("Maximum", [as_numbers(site, part, asking) for part in mask.parts], {}, role="any")
    x = mask.source
    rank = {"embedding": 2, "masking": 3}.get(mask.kind)
    if x is None or len(x.shape) != rank:
        refuse(
            asking,
            "needs a mask that TensorFlow.js loses on the way",
            "leave mask_zero or Masking out, or convert to tfjs-graph,",
        )
    if mask.kind == "embedding":
        counted = site.relu(site.rescale(x, 1.0, role="numbers"), "counted", 1.0)
        return site.reshape(counted, (x.shape[1], 1), "steps")
    import numpy as np

    # Any distance from the masked value, however small, becomes 1: it is scaled up twice.
    away = site.rescale(x, 1.0, -float(mask.layer.mask_value), role="away")
    distance = [site.relu(away, "above"), site.relu(site.rescale(away, -1.0, role="minus"), "below")]
    config = {"units": 1, "activation": "linear", "use_bias": False}
    ones = [("kernel", np.ones((x.shape[2], 1), np.float32))]
    shape = (*x.shape[:2], 1)
    total = site.add(
        "Dense",
        site.add("Add", distance, {}, role="distance"),
        config,
        shape=shape,
        weights=ones,
        role="total",
    )
    once = site.relu(site.rescale(total, _LARGE, role="scaled"), "once", 1.0)
    return site.relu(site.rescale(once, _LARGE, role="scaled_again"), "counted", 1.0)


def zeroed(site: Site, x: Tensor, mask: Mask, asking: Any) -> Tensor:
    """X with zeros at the masked steps."""
    return site.add("Multiply", [x, as_numbers(site, mask, asking)], {}, role="masked", shape=x.shape)


def for_recurrent(
    site: Site, x: Tensor, mask: Mask | None, carried: Carried, asking: Any
) -> tuple[Tensor, int]:
    """The input of a recurrent layer with the mask that Keras gives it, and how many features were appended to it."""
    if not carried.exist or (mask is not None and carried.at(x) is mask):
        return x, 0
    if mask is None:
        return site.add("Masking", x, {"mask_value": _NEVER}, role="unmasked"), 0
    if type(asking).__name__ == "ConvLSTM2D" or len(asking._inbound_nodes) > 1 or len(x.shape) != 3:
        refuse(
            asking,
            "needs a mask that TensorFlow.js loses on the way",
            "leave mask_zero or Masking out, or convert to tfjs-graph,",
        )
    # One more feature, which is 1 where the step counts, lets Masking find the mask; the kernel ignores it.
    numbers = as_numbers(site, mask, asking)
    features = None if x.shape[2] is None else x.shape[2] + 1
    both = site.add(
        "Concatenate",
        [zeroed(site, x, mask, asking), numbers],
        {"axis": 2},
        shape=(*x.shape[:2], features),
        role="with_mask",
    )
    return site.add("Masking", both, {"mask_value": 0.0}, role="mask"), 1


def mean_over_steps(site: Site, x: Tensor, mask: Mask, asking: Any) -> Tensor:
    """The mean over the steps that count, (batch, features)."""
    numbers = site.reshape(as_numbers(site, mask, asking), (x.shape[1],), "mask_steps")
    # Equal weights that sum to 1, zero where masked: a softmax with nothing left there.
    weights = site.activate(
        site.rescale(numbers, 1e4, -1e4, role="mask_logits"), "softmax", role="mask_weights"
    )
    config = {"axes": [1, 1], "normalize": False}
    return site.add("Dot", [x, weights], config, shape=(x.shape[0], x.shape[2]))
