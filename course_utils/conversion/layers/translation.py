"""A Keras model, node by node, into layers of TensorFlow.js."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from course_utils.conversion.layers import (  # noqa: F401 - their rules register themselves
    activations,
    attention,
    convolutions,
    normalization,
    plain_layers,
    pooling,
    recurrent,
    resampling,
)
from course_utils.conversion.layers.masks import (
    MERGING,
    RECURRENT,
    Carried,
    Mask,
    either,
    for_recurrent,
    mean_over_steps,
    zeroed,
)
from course_utils.conversion.layers.nodes import (
    begins_mask,
    check_arguments,
    filled,
    functional_of,
    is_model,
    leaves,
    models_in,
    nodes_of,
    tensors_of,
)
from course_utils.conversion.layers.operations import operate
from course_utils.conversion.layers.registry import Call, apply, refuse
from course_utils.conversion.layers.sketch import Graph, Layer, Names, Shape, Site, Tensor
from course_utils.errors import CourseError

_INPUT_TYPES = {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"}


@dataclass
class Value:
    """What stands for one of Keras' tensors: ours, its mask in Keras, and whether masked steps are not yet zero."""

    tensor: Tensor
    mask: Mask | None = None
    unzeroed: bool = False


def translate(model: Any) -> tuple[Graph, tuple[str, ...]]:
    """The model for TensorFlow.js, and sentences that its user should know.

    Raises:
        CourseError: TensorFlow.js cannot express a layer; the sentence names it and what to do instead.
    """
    translation = Translation(model)
    graph = translation.graph(model)
    for old, new in translation.names.changed.items():
        translation.tell(
            f"{old} is called {new} in TensorFlow.js, where names are plain and no two are the same."
        )
    return graph, tuple(translation.notes)


class Translation:
    """One model, with all that is nested in it."""

    def __init__(self, model: Any) -> None:
        self.names = Names()
        self.notes: list[str] = []
        models = list(models_in(model))
        layers = [layer for one in models for layer in leaves(one)]
        self.carried = Carried(exist=any(begins_mask(layer) for layer in layers))
        # A layer in two models would become two layers; a mask does not find its way into a nested model.
        self.flat = (
            self.carried.exist
            or len(set(map(id, layers))) < len(layers)
            or len(set(map(id, models))) < len(models)
        )
        self.made: dict[Any, Layer] = {}
        self._graphs: dict[int, Layer] = {}
        self._keep: list[Any] = []
        self._given_states: list[Any] = []

    def tell(self, sentence: str) -> None:
        """Note a sentence for the user, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def site(self, source: Any, layers: list[Layer]) -> Site:
        """Where the rule for `source` writes."""
        self._keep.append(source)  # what is made is remembered by identity
        return Site(source, self, layers)

    def graph(self, model: Any, *, chain: bool = True) -> Graph:
        """The whole model, with the models nested in it as models of their own, or in its own layers."""
        functional = functional_of(model)
        layers: list[Layer] = []
        inputs = [self._input(tensor, layers) for tensor in functional.inputs]
        results = self._run(functional, [Value(tensor) for tensor in inputs], layers)
        outputs: list[Tensor] = []
        for value, original in zip(results, functional.outputs, strict=True):
            site = self.site(original._keras_history.operation, layers)
            tensor = self._read(site, value, original._keras_history.operation)
            # TensorFlow.js answers once where a model names the same output twice.
            outputs.append(site.activate(tensor, "linear", role="again") if tensor in outputs else tensor)
        sequential = chain and type(model).__name__ == "Sequential"
        return Graph(self.names.take(model.name), inputs, outputs, layers, chain=sequential)

    def inner(self, layer: Any, shape: Shape, wanted: Shape) -> Graph:
        """A single layer, or a model, as a model that takes and gives one tensor: what TimeDistributed holds."""
        if is_model(layer):
            return _quick_to_build(self.graph(layer, chain=False))
        layers: list[Layer] = []
        config = {"batch_input_shape": list(shape), "dtype": "float32"}
        start = Layer("InputLayer", self.names.take(f"{layer.name}_input", known=False), config)
        layers.append(start)
        if self.carried.exist and type(layer).__name__ in (*RECURRENT, "Softmax"):
            refuse(
                layer,
                "would take a mask of other sequences in TensorFlow.js",
                "leave mask_zero or Masking out",
            )
        results = apply(self.site(layer, layers), layer, Call((Tensor(start, 0, 0, shape),), (wanted,)))
        return Graph(
            self.names.take(f"{layer.name}_model", known=False), [Tensor(start, 0, 0, shape)], results, layers
        )

    def _input(self, tensor: Any, layers: list[Layer]) -> Tensor:
        operation = tensor._keras_history.operation
        dtype = str(tensor.dtype)
        if dtype == "string":
            raise CourseError(
                f"The input {operation.name} takes text, which TensorFlow.js' layers cannot: "
                "turn words into numbers before the model, and convert the rest."
            )
        if (
            getattr(operation, "sparse", False)
            or getattr(operation, "ragged", False)
            or getattr(operation, "optional", False)
        ):
            refuse(
                operation, "is sparse, ragged or optional, which TensorFlow.js has not", "take a plain Input"
            )
        kind = "int32" if dtype in _INPUT_TYPES else dtype if dtype == "bool" else "float32"
        shape = tuple(tensor.shape)
        layer = Layer(
            "InputLayer", self.names.take(operation.name), {"batch_input_shape": list(shape), "dtype": kind}
        )
        layers.append(layer)
        return Tensor(layer, 0, 0, shape)

    def _run(self, functional: Any, inputs: list[Value], layers: list[Layer]) -> list[Value]:
        values = {id(tensor): value for tensor, value in zip(functional.inputs, inputs, strict=True)}
        for node in nodes_of(functional):
            for tensor, value in zip(node.outputs, self._node(node, values, layers), strict=True):
                values[id(tensor)] = value
        return [values[id(tensor)] for tensor in functional.outputs]

    def _node(self, node: Any, values: dict[int, Value], layers: list[Layer]) -> list[Value]:
        import keras

        operation = node.operation
        taken = [values[id(tensor)] for tensor in tensors_of(node)]
        shapes = tuple(tuple(tensor.shape) for tensor in node.outputs)
        if is_model(operation):
            return self._nested(operation, taken, shapes, layers)
        site = self.site(operation, layers)
        if not isinstance(operation, keras.Layer):
            given = zip(tensors_of(node), taken, strict=True)
            read = {id(tensor): self._read(site, value, operation) for tensor, value in given}
            return [Value(operate(site, operation, filled(node, read), shapes[0]))]
        check_arguments(node)
        mask = taken[0].mask if taken else None
        if (
            mask is None or (len(taken) > 1 and type(operation).__name__ in RECURRENT)
        ) and node.arguments.kwargs.get("mask") is not None:
            refuse(operation, "is given a mask of yours", "let Embedding(mask_zero=True) or Masking make it")
        if mask is not None and mask.kind == "all":
            mask = None
        return self._layer(site, operation, taken, mask, shapes)

    def _layer(
        self, site: Site, layer: Any, taken: list[Value], mask: Mask | None, shapes: tuple[Shape, ...]
    ) -> list[Value]:
        name = type(layer).__name__
        if name in RECURRENT:
            return self._recurrent(site, layer, taken, mask, shapes)
        inputs = tuple(self._read(site, value, layer) for value in taken)
        if name == "GlobalAveragePooling1D" and mask is not None:
            if layer.data_format == "channels_first":
                refuse(layer, "has a mask and its channels first", "take data_format='channels_last'")
            mean = mean_over_steps(site, inputs[0], mask, layer)
            return [Value(site.reshape(mean, shapes[0][1:], "keep_axes") if layer.keepdims else mean)]
        if name == "Softmax" and (
            mask is not None or (self.carried.exist and isinstance(layer.axis, list | tuple))
        ):
            refuse(layer, "has a mask, which TensorFlow.js applies otherwise", "take Activation('softmax')")
        if name == "Attention" and any(value.mask is not None for value in taken):
            refuse(
                layer, "has a mask, which TensorFlow.js cannot apply there", "leave mask_zero or Masking out"
            )
        results = apply(site, layer, Call(inputs, shapes))
        after = _mask_after(layer, [value.mask for value in taken], inputs)
        if begins_mask(layer):
            self.carried.set(results[0], after)
        return [Value(result, after) for result in results]

    def _recurrent(
        self, site: Site, layer: Any, taken: list[Value], mask: Mask | None, shapes: tuple[Shape, ...]
    ) -> list[Value]:
        first = taken[0]
        after = first.mask
        # Keras finds no mask for a layer that takes several tensors, as one that is given its state does.
        mask = mask if len(taken) == 1 else None
        if mask is not None and type(layer).__name__ == "ConvLSTM2D":
            refuse(layer, "has a mask, which TensorFlow.js applies otherwise", "leave Masking out")
        raw = mask is not None and self.carried.at(first.tensor) is mask
        x = first.tensor if raw else self._read(site, first, layer)
        x, extra = for_recurrent(site, x, mask, self.carried, layer)
        self._check_states(layer, taken)
        states = tuple(self._read(site, value, layer) for value in taken[1:])
        results = apply(site, layer, Call((x, *states), shapes, extra))
        returns = layer.return_sequences and after is not None
        sequences = 2 if getattr(layer, "merge_mode", "") is None else 1
        # Bidirectional gives zeros at masked steps, and TensorFlow.js the state before them.
        inner = getattr(layer, "forward_layer", layer)
        unzeroed = mask is not None and bool(returns and getattr(inner, "zero_output_for_mask", False))
        return [
            Value(result, after, unzeroed) if returns and index < sequences else Value(result)
            for index, result in enumerate(results)
        ]

    def _check_states(self, layer: Any, taken: list[Value]) -> None:
        if not self.carried.exist:
            return
        if self._given_states and layer is not self._given_states[0]:
            refuse(
                layer,
                f"follows {self._given_states[0].name}, which begins from a given state, in a model with masks; "
                "TensorFlow.js would give it that state",
                "leave mask_zero or Masking out, or convert to tfjs-graph,",
            )
        if len(taken) > 1:
            self._given_states.append(layer)

    def _read(self, site: Site, value: Value, asking: Any) -> Tensor:
        """The tensor as Keras has it, zeros at masked steps included."""
        if value.unzeroed:
            value.tensor, value.unzeroed = zeroed(site, value.tensor, value.mask, asking), False
        return value.tensor

    def _nested(
        self, model: Any, taken: list[Value], shapes: tuple[Shape, ...], layers: list[Layer]
    ) -> list[Value]:
        functional = functional_of(model)
        if self.flat:
            self.tell(f"The model {model.name} inside it became part of it, layer by layer.")
            return self._run(functional, taken, layers)
        if id(model) not in self._graphs:
            graph = _quick_to_build(self.graph(model))
            self._graphs[id(model)] = Layer("Functional", graph.name, {}, (), graph)
            layers.append(self._graphs[id(model)])
            self._keep.append(model)
        layer = self._graphs[id(model)]
        site = self.site(model, layers)
        inputs = []
        for value in taken:
            inputs.append(
                site.activate(value.tensor, "linear", role="again")
                if value.tensor in inputs
                else value.tensor
            )
        layer.calls.append(tuple(inputs))
        call = len(layer.calls) - 1
        return [Value(Tensor(layer, call, index, shape)) for index, shape in enumerate(shapes)]


def _along_steps(layer: Any, inputs: tuple[Tensor, ...]) -> bool:
    """Whether a Concatenate puts sequences one after the other, rather than their features."""
    return (
        type(layer).__name__ == "Concatenate"
        and layer.axis % len(inputs[0].shape) != len(inputs[0].shape) - 1
    )


def _quick_to_build(graph: Graph) -> Graph:
    """A model for the inside of another, which TensorFlow.js initialises before it loads the weights.

    For Orthogonal that takes minutes where the matrix is large.
    """
    for layer in graph.layers:
        for one in (layer, layer.inside if isinstance(layer.inside, Layer) else layer):
            for key, value in one.config.items():
                if isinstance(value, dict) and value.get("class_name") == "Orthogonal":
                    one.config[key] = {"class_name": "Zeros", "config": {}}
    return graph


def _mask_after(layer: Any, masks: list[Mask | None], inputs: tuple[Tensor, ...]) -> Mask | None:
    """The mask that Keras has after a layer."""
    name = type(layer).__name__
    if begins_mask(layer):
        return Mask("masking" if name == "Masking" else "embedding", layer, inputs[0])
    if name in MERGING or name == "Subtract":
        if any(mask is None for mask in masks) or name == "Dot":
            whole = name == "Concatenate" and any(masks)
            return Mask("other" if _along_steps(layer, inputs) else "all", layer) if whole else None
        if _along_steps(layer, inputs):
            return Mask("other", layer)
        return either(layer, [mask for mask in masks if mask is not None])
    if name.startswith("Global") or not getattr(layer, "supports_masking", False):
        return None
    return masks[0] if masks else None
