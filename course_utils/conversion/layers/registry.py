"""Which rule turns which Keras layer into layers of TensorFlow.js, and how a model is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from course_utils.errors import CourseError

if TYPE_CHECKING:
    from course_utils.conversion.layers.sketch import Shape, Site, Tensor


@dataclass(frozen=True)
class Call:
    """One call of a Keras layer: the tensors it takes, and the shapes of what it gives.

    Attributes:
        inputs: in the order in which Keras flattens its arguments.
        shapes: of the outputs, the batch included.
        extra: features that were appended to a recurrent layer's input, to carry its mask.
    """

    inputs: tuple[Tensor, ...]
    shapes: tuple[Shape, ...]
    extra: int = 0

    @property
    def x(self) -> Tensor:
        """The first input."""
        return self.inputs[0]

    @property
    def shape(self) -> Shape:
        """The first output's."""
        return self.shapes[0]


Rule = Callable[["Site", Any, Call], "Tensor | list[Tensor]"]
RULES: dict[str, Rule] = {}


def rule(*class_names: str) -> Callable[[Rule], Rule]:
    """Register the rule for these layers of Keras."""

    def register(function: Rule) -> Rule:
        for name in class_names:
            RULES[name] = function
        return function

    return register


def refuse(layer: Any, why: str, instead: str = "convert to tfjs-graph") -> NoReturn:
    """Raise CourseError, naming the layer, why TensorFlow.js cannot express it and what to do instead."""
    raise CourseError(f"The layer {layer.name} ({type(layer).__name__}) {why}: {instead} instead.")


def apply(site: Site, layer: Any, call: Call) -> list[Tensor]:
    """What a layer of Keras' own becomes, one tensor for each of its outputs."""
    name = type(layer).__name__
    module = type(layer).__module__
    if name == "Lambda":
        refuse(layer, "runs a function of yours, which TensorFlow.js cannot", "write it with layers of Keras")
    if not module.startswith("keras.src."):
        refuse(layer, "is of your own making", "convert to tfjs-graph, or write it with layers of Keras,")
    if name not in RULES:
        refuse(layer, "has no counterpart in TensorFlow.js' layers")
    if str(layer.compute_dtype) in ("float16", "bfloat16"):
        refuse(
            layer,
            f"computes in {layer.compute_dtype}, and TensorFlow.js in float32",
            "build the model under keras.config.set_dtype_policy('float32'), load the weights and convert that",
        )
    if getattr(layer, "activity_regularizer", None) is not None:
        site.tell(
            f"{layer.name} keeps no activity_regularizer, which TensorFlow.js has not: it acts in training only."
        )
    result = RULES[name](site, layer, call)
    return result if isinstance(result, list) else [result]
