"""Activations: those of Keras that TensorFlow.js has, under its names, and the others made of what it has."""

from __future__ import annotations

from typing import Any

from course_utils.conversion.layers.registry import RULES, Call, refuse, rule
from course_utils.conversion.layers.sketch import Site, Tensor

#: Keras' name → that of TensorFlow.js, where both compute the same. Not hard_sigmoid: Keras' is x/6 + 0.5, that of
#: TensorFlow.js 0.2x + 0.5; and gelu_new, the approximate one, cannot be named in a model.json.
NATIVE = {
    "linear": "linear",
    "relu": "relu",
    "relu6": "relu6",
    "elu": "elu",
    "celu": "elu",  # both with alpha 1
    "selu": "selu",
    "softmax": "softmax",
    "log_softmax": "log_softmax",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softplus": "softplus",
    "softsign": "softsign",
    "gelu": "gelu",
    "mish": "mish",
    "silu": "swish",
}
#: What Keras' hard sigmoid takes, times this, gives the same in TensorFlow.js'.
HARD_SIGMOID = (1 / 6) / 0.2


def name_of(activation: Any) -> str | None:
    """The name of one of Keras' own activations; None for any other function."""
    if activation is None:
        return "linear"
    module = getattr(activation, "__module__", "") or ""
    return activation.__name__ if module.startswith("keras.src.activations") else None


def fused(activation: Any) -> str | None:
    """What TensorFlow.js calls an activation that a layer can apply itself; None where it takes layers of its own."""
    return NATIVE.get(name_of(activation) or "")


def activated(site: Site, activation: Any, x: Tensor) -> Tensor:
    """Layers that apply an activation that TensorFlow.js lacks."""
    if type(activation).__name__ in RULES:
        return RULES[type(activation).__name__](site, activation, Call((x,), (x.shape,)))
    name = name_of(activation)
    if name in NATIVE:
        return site.activate(x, NATIVE[name])
    if name not in _MADE_OF:
        shown = getattr(activation, "__name__", type(activation).__name__)
        refuse(
            site.source,
            f"has the activation {shown}, which TensorFlow.js has not",
            "take another activation, or convert to tfjs-graph",
        )
    return _MADE_OF[name](site, x)


def leaky(site: Site, x: Tensor, slope: float, role: str = "activation") -> Tensor:
    """x where it is positive, else slope × x."""
    return site.add("LeakyReLU", x, {"alpha": float(slope)}, role=role)


def hard_sigmoid(site: Site, x: Tensor) -> Tensor:
    """Keras' hard sigmoid: that of TensorFlow.js, which is steeper, of a smaller x."""
    return site.activate(site.rescale(x, HARD_SIGMOID, role="flatter"), "hard_sigmoid")


def clipped(site: Site, x: Tensor, least: float, most: float, role: str) -> Tensor:
    """x, but at least `least` and at most `most`."""
    above = site.relu(site.rescale(x, 1.0, -least, role=f"{role}_down"), f"{role}_clip", most - least)
    return site.rescale(above, 1.0, least, role=role)


def difference(site: Site, a: Tensor, b: Tensor, role: str) -> Tensor:
    """A - b."""
    return site.add("Add", [a, site.rescale(b, -1.0, role=f"{role}_minus")], role=role)


def _hard_silu(site: Site, x: Tensor) -> Tensor:
    return site.add("Multiply", [x, hard_sigmoid(site, x)], role="product")


def _log_sigmoid(site: Site, x: Tensor) -> Tensor:
    return site.rescale(site.activate(site.rescale(x, -1.0, role="negative"), "softplus"), -1.0, role="log")


def _tanh_shrink(site: Site, x: Tensor) -> Tensor:
    return difference(site, x, site.activate(x, "tanh"), "difference")


def _soft_shrink(site: Site, x: Tensor) -> Tensor:
    above = site.relu(site.rescale(x, 1.0, -0.5, role="above"), "positive")
    below = site.relu(site.rescale(x, -1.0, -0.5, role="below"), "negative")
    return difference(site, above, below, "difference")


def _hard_shrink(site: Site, x: Tensor) -> Tensor:
    above = site.add("ThresholdedReLU", x, {"theta": 0.5}, role="positive")
    flipped = site.rescale(x, -1.0, role="below")
    return difference(
        site, above, site.add("ThresholdedReLU", flipped, {"theta": 0.5}, role="negative"), "difference"
    )


def _sparse_plus(site: Site, x: Tensor) -> Tensor:
    near = site.relu(site.rescale(x, 1.0, 1.0, role="near"), "between", 2.0)
    square = site.rescale(site.add("Multiply", [near, near], role="square"), 0.25, role="quarter")
    far = site.relu(site.rescale(x, 1.0, -1.0, role="far"), "beyond")
    return site.add("Add", [square, far], role="sum")


_MADE_OF = {
    "leaky_relu": lambda site, x: leaky(site, x, 0.2),
    "hard_sigmoid": hard_sigmoid,
    "hard_silu": _hard_silu,
    "hard_tanh": lambda site, x: clipped(site, x, -1.0, 1.0, "clipped"),
    "log_sigmoid": _log_sigmoid,
    "tanh_shrink": _tanh_shrink,
    "soft_shrink": _soft_shrink,
    "hard_shrink": _hard_shrink,
    "sparse_plus": _sparse_plus,
    "sparse_sigmoid": lambda site, x: site.relu(site.rescale(x, 0.5, 0.5, role="half"), "clip", 1.0),
}


@rule("Activation")
def _activation(site: Site, layer: Any, call: Call) -> Tensor:
    name = fused(layer.activation)
    return site.activate(call.x, name, role="") if name else activated(site, layer.activation, call.x)


@rule("LeakyReLU")
def _leaky_relu(site: Site, layer: Any, call: Call) -> Tensor:
    return leaky(site, call.x, layer.negative_slope, role="")


@rule("ELU")
def _elu(site: Site, layer: Any, call: Call) -> Tensor:
    alpha = float(layer.alpha)
    if alpha == 1:
        return site.activate(call.x, "elu", role="")
    # TensorFlow.js has alpha 1 alone: scaled it is right where x is negative, and the rest is given back.
    scaled = site.rescale(site.activate(call.x, "elu", role="one"), alpha, role="scaled")
    rest = site.rescale(site.relu(call.x, "positive"), 1 - alpha, role="rest")
    return site.add("Add", [scaled, rest])


@rule("ReLU")
def _relu(site: Site, layer: Any, call: Call) -> Tensor:
    slope, threshold = float(layer.negative_slope or 0), float(layer.threshold or 0)
    most = None if layer.max_value is None else float(layer.max_value)
    if not slope and not threshold:
        return site.relu(call.x, "", most)
    if not threshold and most is None:
        return leaky(site, call.x, slope, role="")
    above = call.x
    if threshold:
        above = site.add(
            "ThresholdedReLU", above, {"theta": threshold}, role="" if most is None and not slope else "above"
        )
    if most is not None or not threshold:
        above = site.relu(above, "clip" if slope else "", most)
    if not slope:
        return above
    below = site.relu(site.rescale(call.x, -1.0, threshold, role="below"), "negative")
    return site.add("Add", [above, site.rescale(below, -slope, role="slope")])


@rule("PReLU")
def _prelu(site: Site, layer: Any, call: Call) -> Tensor:
    from course_utils.conversion.layers.settings import settings

    config = {"shared_axes": list(layer.shared_axes) if layer.shared_axes else None}
    config |= settings(layer, alpha=layer.alpha)
    return site.add("PReLU", call.x, config, weights=[("alpha", layer.alpha)])


@rule("Softmax")
def _softmax(site: Site, layer: Any, call: Call) -> Tensor:
    rank = len(call.x.shape)
    axes = layer.axis if isinstance(layer.axis, list | tuple) else [layer.axis]
    axes = [axis % rank for axis in axes]
    if len(axes) > 1:
        return site.add("Softmax", call.x, {"axis": axes})
    # Softmax of TensorFlow.js knows the last axis alone, and its layer takes a mask that another layer left behind.
    if axes == [rank - 1]:
        return site.activate(call.x, "softmax", role="")
    if axes == [0]:
        refuse(layer, "goes along the batch, which TensorFlow.js cannot")
    dims = [*(dim for dim in range(1, rank) if dim != axes[0]), axes[0]]
    back = [dims.index(dim) + 1 for dim in range(1, rank)]
    last = site.activate(site.permute(call.x, dims, "to_last"), "softmax", role="")
    return site.permute(last, back, "from_last")
