"""The graph that a Keras model is: its calls in order, what each takes, and what it was told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from course_utils.conversion.layers.registry import refuse
from course_utils.errors import CourseError

if TYPE_CHECKING:
    from course_utils.conversion.layers.sketch import Tensor

# Layers that do something else in training.
_TAKEN = ("mask", "training", "initial_state", "inputs", "sequences", "key")
_TRAINED = ("Dropout", "Noise", "RNN", "LSTM", "GRU", "Bidirectional", "BatchNormalization")


def is_model(operation: Any) -> bool:
    """Whether a layer is a model of its own."""
    import keras

    return isinstance(operation, keras.Model)


def functional_of(model: Any) -> Any:
    """The graph of layers that a model is, or CourseError where it is none."""
    from keras.src.models import Functional

    inner = getattr(model, "_functional", None) if type(model).__name__ == "Sequential" else model
    if inner is None:
        raise CourseError(
            f"The model {model.name} has not been built: call it on some data, or begin it with an Input."
        )
    own_call = type(inner).call is not Functional.call if isinstance(inner, Functional) else True
    if own_call:
        raise CourseError(
            f"The model {model.name} ({type(model).__name__}) computes in Python code of its own, which "
            "TensorFlow.js' layers cannot: build it as keras.Sequential or keras.Model(inputs, outputs), or convert to "
            "tfjs-graph instead."
        )
    return inner


def models_in(model: Any) -> Iterator[Any]:
    """The model and those in it, one that is called twice in two models twice."""
    yield model
    for operation in operations(functional_of(model)):
        inner = getattr(operation, "layer", None)
        for one in (operation, inner):
            if is_model(one):
                yield from models_in(one)


def operations(functional: Any) -> list[Any]:
    """The operations that the outputs come from, each once."""
    return list({id(node.operation): node.operation for node in nodes_of(functional)}.values())


def leaves(model: Any) -> list[Any]:
    """The layers and operations of a model that are no models."""
    return [one for one in operations(functional_of(model)) if not is_model(one)]


def begins_mask(layer: Any) -> bool:
    """Whether a layer makes a mask."""
    return type(layer).__name__ == "Masking" or bool(getattr(layer, "mask_zero", False))


def tensors_of(node: Any) -> list[Any]:
    """The tensors that a call takes, without its mask, which Keras writes down as if it were one."""
    import keras

    kwargs = {key: value for key, value in node.arguments.kwargs.items() if key != "mask"}
    flat = keras.tree.flatten((node.arguments.args, kwargs))
    return [one for one in flat if isinstance(one, keras.KerasTensor)]


def nodes_of(functional: Any) -> list[Any]:
    """The calls that the outputs need, each after those that it needs; not those that only make masks."""
    needed = {id(tensor) for tensor in functional.outputs}
    nodes = [
        node for depth in sorted(functional._nodes_by_depth) for node in functional._nodes_by_depth[depth]
    ]
    found = []
    for node in nodes:
        if not node.is_input and any(id(tensor) in needed for tensor in node.outputs):
            found.append(node)
            needed |= {id(tensor) for tensor in tensors_of(node)}
    return found[::-1]


def filled(node: Any, read: dict[int, Tensor]) -> tuple[Any, dict[str, Any]]:
    """The arguments of an operation, our tensors in place of Keras'."""
    import keras

    def swap(one: Any) -> Any:
        return read[id(one)] if isinstance(one, keras.KerasTensor) else one

    args = keras.tree.map_structure(swap, node.arguments.args)
    return args, keras.tree.map_structure(swap, node.arguments.kwargs)


def check_arguments(node: Any) -> None:
    """Refuse a call that TensorFlow.js would make without what it was told."""
    arguments = node.arguments.kwargs
    operation = node.operation
    if arguments.get("training") and any(part in type(operation).__name__ for part in _TRAINED):
        refuse(
            operation, "is called with training=True, which TensorFlow.js does not keep", "call it without"
        )
    for key, value in arguments.items():
        if value is not None and value is not False and key not in _TAKEN:
            refuse(operation, f"is called with {key}, which TensorFlow.js does not keep", "call it without")
