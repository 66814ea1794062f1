"""What a model tells about its inputs: which are word numbers, which pictures, which have padding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

# From this divisor on, what is divided is a picture's bytes.
BYTES_FROM = 32.0


@dataclass
class Hints:
    """What the layers that first use an input say of it.

    Attributes:
        categories: values are whole numbers below this, as an Embedding or a one-hot encoding takes them.
        padded: zeros at the end are padding.
        mask_value: rows of this value at the end are padding.
        is_bytes: values run from 0 to 255.
        mean, deviation: as a Normalization layer knows them, by channel.
        channels_first: the first axis after the rows is the channels'.
        has_layers: whether anything was found that uses the input.
    """

    categories: int | None = None
    padded: bool = False
    mask_value: float | None = None
    is_bytes: bool = False
    mean: Any = None
    deviation: Any = None
    channels_first: bool = False
    has_layers: bool = False


def hints_of(model: keras.Model, position: int) -> Hints:
    """What `model` tells of its input number `position`."""
    hints = Hints()
    functional = _functional(model)
    if functional is None:
        # A subclassed model has no graph: only what its first layer is can be told.
        for layer in model._flatten_layers(include_self=False):
            if _learn(layer, hints) or layer.weights:
                break
        return hints
    for operation in _first_users(functional, position):
        hints.has_layers = True
        _learn(operation, hints)
    return hints


def _functional(model: keras.Model) -> Any:
    for candidate in (model, getattr(model, "_functional", None)):
        if getattr(candidate, "_nodes_by_depth", None):
            return candidate
    return None


def _first_users(functional: Any, position: int) -> Iterator[Any]:
    """The operations that an input reaches unchanged in kind: through reshaping, cropping, scaling, other models."""
    import keras

    nodes = [node for nodes in functional._nodes_by_depth.values() for node in nodes if not node.is_input]
    frontier, seen = [keras.tree.flatten(functional._inputs_struct)[position]], set()
    while frontier:
        tensor = frontier.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        for node in nodes:
            for index, used in enumerate(node.input_tensors):
                if used is not tensor:
                    continue
                inner = _functional(node.operation) if isinstance(node.operation, keras.Model) else None
                if inner is not None:
                    yield from _first_users(inner, index)
                    continue
                yield node.operation if isinstance(node.operation, keras.Layer) else node
                if _hands_on(node.operation):
                    frontier.extend(node.outputs)


def _hands_on(operation: Any) -> bool:
    """Whether what comes out is still the same kind of thing."""
    import keras
    from keras import layers

    kinds = (
        *(
            layers.Reshape,
            layers.Permute,
            layers.Dropout,
            layers.GaussianNoise,
            layers.Masking,
            layers.Identity,
        ),
        *(layers.ZeroPadding1D, layers.ZeroPadding2D, layers.Cropping1D, layers.Cropping2D, layers.Resizing),
        *(layers.CenterCrop, layers.Rescaling, layers.Normalization),
    )
    if not isinstance(operation, keras.Layer):
        return type(operation).__name__ in {
            "Cast",
            "ExpandDims",
            "Squeeze",
            "Reshape",
            "Transpose",
            "Subtract",
            "Flip",
        }
    return isinstance(operation, kinds) or type(operation).__name__.startswith("Random")


def _learn(user: Any, hints: Hints) -> bool:
    """Take over what one layer, or the node of one operation, tells; returns whether it told anything."""
    from keras import layers

    layer = getattr(user, "layer", user)  # what TimeDistributed and Bidirectional wrap
    if isinstance(layer, layers.Embedding):
        hints.categories = min(layer.input_dim, hints.categories or layer.input_dim)
        hints.padded = hints.padded or layer.mask_zero
    elif isinstance(layer, layers.CategoryEncoding):
        hints.categories = min(layer.num_tokens, hints.categories or layer.num_tokens)
    elif isinstance(layer, layers.Masking):
        hints.mask_value = float(layer.mask_value)
    elif isinstance(layer, layers.Rescaling):
        hints.is_bytes = hints.is_bytes or _is_of_bytes(layer.scale)
    elif isinstance(layer, layers.Normalization) and not hints.is_bytes:
        hints.mean, hints.deviation = layer.mean, layer.variance**0.5
    elif hasattr(layer, "operation"):
        return _learn_from_operation(layer, hints)
    else:
        is_convolution = getattr(layer, "data_format", None) == "channels_first" and hasattr(
            layer, "kernel_size"
        )
        hints.channels_first = hints.channels_first or is_convolution
        return is_convolution
    return True


def _learn_from_operation(node: Any, hints: Hints) -> bool:
    """`x / 255` and the like, and one-hot encoding by an operation."""
    kind = type(node.operation).__name__
    if kind == "OneHot":
        hints.categories = int(node.operation.num_classes)
        return True
    constants = [value for value in node.arguments.args if isinstance(value, int | float)]
    if constants and kind in {"Divide", "TrueDivide", "Multiply"}:
        hints.is_bytes = _is_of_bytes(constants[0] if kind == "Multiply" else 1 / constants[0])
    return hints.is_bytes


def _is_of_bytes(scale: Any) -> bool:
    import numpy as np

    largest = float(np.max(np.abs(np.asarray(scale))))
    return 0 < largest <= 1 / BYTES_FROM
