"""A model as one frozen TensorFlow graph: inference only, weights as constants, inputs and outputs in order.

The TF.js graph writer, LiteRT and ONNX all start from here, so that all three convert the same thing. What training
alone needs (Dropout, random augmentation, assertions) is gone; what cannot be frozen, such as a layer that changes its
own state on every call, is refused with the layer named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course_utils.conversion.structure import input_structure
from course_utils.conversion.unrolling import MAX_UNROLL, Recurrence, unrolled
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from course_utils.conversion.saved_model import SavedModelSource

# Nodes that hand on their first input unchanged at inference.
_HANDS_ON = {"Identity", "StopGradient", "PreventGradient", "CheckNumerics", "Snapshot", "ReadVariableOp"}
# Nodes that exist for their effect alone, which no converted model has.
_EFFECTS = {"NoOp", "Assert", "Print", "PrintV2"}
_RANDOM = re.compile(
    r"^(Stateless|Stateful)?(Random|Truncated|Multinomial|Parameterized|Uniform)|^StatefulStandard"
)
_TABLES = re.compile(r"^(Anonymous)?(Mutable)?(Dense)?HashTable|^LookupTable")
_ASSIGNS = re.compile(r"^(Resource)?Assign|^ResourceScatter|^Scatter(Add|Sub|Update)$")


@dataclass(frozen=True)
class Port:
    """An input or output of a frozen graph.

    `tensor` is its tensor in the graph (`"x:0"`), `name` what Keras calls it, `shape` has None for unknown sizes.
    """

    tensor: str
    name: str
    dtype: str
    shape: tuple[int | None, ...]

    @property
    def node(self) -> str:
        """The graph node that the tensor belongs to."""
        return self.tensor.rsplit(":", 1)[0]


@dataclass(frozen=True)
class Frozen:
    """A frozen graph: `inputs` and `outputs` are in the model's own order, `function` computes the same graph."""

    graph_def: tf.compat.v1.GraphDef
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    function: Any
    layers: tuple[str, ...]  # the Keras layers' names, for error messages
    recurrence: Recurrence  # which recurrent layers were unrolled, which are loops


def freeze(source: Any, *, batch: int | None = None, unroll: int = MAX_UNROLL, lower: bool = False) -> Frozen:
    """The inference graph of a Keras model or a SavedModel.

    Args:
        source: a built `keras.Model`, or a SavedModel folder as `conversion.sources` loads it.
        batch: the size of the batch; None leaves it open, also where the model was built for one size and does not
            depend on it (a Sequential model without an Input layer takes over the first batch's size).
        lower: loops and branches become the old operations (Switch, Merge, Enter, …) that TF.js runs best, without
            functions of their own; such a graph is data for a writer and has no `function`.
        unroll: the longest sequence over which recurrent layers are written out, without a loop; 0 keeps all loops.

    Raises:
        CourseError: a layer changes its state or draws random numbers when it predicts, or the model was never built.
    """
    import keras

    if not isinstance(source, keras.Model):
        traced = _frozen(*_saved_model_call(source, batch), (), str(source.path), lower)
        return Frozen(*traced, (), Recurrence(unroll))
    layers = tuple(dict.fromkeys(layer.name for layer in source._flatten_layers(include_self=False)))
    call, shapes, dtypes, names = _keras_call(source)
    with unrolled(source, unroll) as recurrence:
        try:
            traced = _frozen(call, _specs(shapes, dtypes, names, batch), names, layers, source.name, lower)
        except (TypeError, ValueError):
            # A model may have its batch size built in, by a Reshape or a Lambda: then no other can be traced.
            own = {shape[0] for shape in shapes if shape}
            if batch is not None or len(own) != 1 or own == {None}:
                raise
            traced = _frozen(
                call, _specs(shapes, dtypes, names, own.pop()), names, layers, source.name, lower
            )
    return Frozen(*traced, layers, recurrence)


Traced = tuple["tf.compat.v1.GraphDef", tuple[Port, ...], tuple[Port, ...], Any]
Call = Callable[..., list[tuple[str, "tf.Tensor"]]]


def _keras_call(model: keras.Model) -> tuple[Call, list[tuple[int | None, ...]], list[str], list[str]]:
    """The model as a function of its flat inputs that returns its named flat outputs; their shapes, dtypes, names."""
    from keras import tree

    structure = input_structure(model)
    flat = tree.flatten(structure)
    names = [getattr(tensor, "name", None) or f"input_{i}" for i, tensor in enumerate(flat, 1)]

    def call(*tensors: tf.Tensor) -> list[tuple[str, tf.Tensor]]:
        packed = tree.pack_sequence_as(structure, tensors)
        return _named(model, model(packed, training=False))

    return call, [tuple(tensor.shape) for tensor in flat], [str(tensor.dtype) for tensor in flat], names


def _specs(
    shapes: Sequence[tuple[int | None, ...]], dtypes: Sequence[str], names: Sequence[str], batch: int | None
) -> list[tf.TensorSpec]:
    import tensorflow as tf

    return [
        tf.TensorSpec([batch, *shape[1:]] if shape else [], dtype, name=node_name(name))
        for shape, dtype, name in zip(shapes, dtypes, names, strict=True)
    ]


def _named(model: keras.Model, outputs: Any) -> list[tuple[str, tf.Tensor]]:
    """Flat outputs with their names: a dict's keys, else the names of the layers that made them."""
    from keras import tree

    pairs = tree.flatten_with_path(outputs)
    by_layer = getattr(model, "output_names", None) or []
    if len(by_layer) != len(pairs):
        by_layer = ["output"] * len(pairs)
    named, seen = [], {}
    for (path, tensor), layer in zip(pairs, by_layer, strict=True):
        name = ".".join(map(str, path)) if any(isinstance(part, str) for part in path) else layer
        seen[name] = seen.get(name, 0) + 1
        named.append((name if seen[name] == 1 else f"{name}_{seen[name]}", tensor))
    return named


def _saved_model_call(
    source: SavedModelSource, batch: int | None
) -> tuple[Call, list[tf.TensorSpec], list[str]]:
    """A SavedModel's serving_default as a function of its flat inputs, in the source's order."""
    import tensorflow as tf

    expected = source.signature.structured_input_signature[1]
    names = [port.name for port in source.inputs]
    specs = []
    for name in names:
        spec = expected[name]
        if spec.shape.rank is None:
            raise CourseError(
                f"{source.path} leaves the number of dimensions of its input {name} open: fix its rank."
            )
        sizes = spec.shape.as_list()
        if sizes and sizes[0] is None and batch is not None:
            sizes[0] = batch
        specs.append(tf.TensorSpec(sizes, spec.dtype, name=node_name(name)))

    def call(*tensors: tf.Tensor) -> list[tuple[str, tf.Tensor]]:
        outputs = source.signature(**dict(zip(names, tensors, strict=True)))
        return [(port.name, outputs[port.name]) for port in source.outputs]

    return call, specs, names


def node_name(name: str) -> str:
    """`name` as TensorFlow accepts it for a node."""
    cleaned = re.sub(r"[^A-Za-z0-9_./-]", "_", name)
    return cleaned if re.match(r"[A-Za-z0-9.]", cleaned) else f"n{cleaned}"


def _frozen(
    call: Call, specs: list[tf.TensorSpec], names: list[str], layers: tuple[str, ...], what: str, lower: bool
) -> Traced:
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    output_names: list[str] = []

    @tf.function
    def inference(*tensors: tf.Tensor) -> list[tf.Tensor]:
        named = call(*tensors)
        output_names[:] = [name for name, _ in named]
        # One node for each output: an output may be an input, a constant or the same tensor twice.
        return [tf.identity(tensor, name=f"output_{i}") for i, (_, tensor) in enumerate(named)]

    concrete = inference.get_concrete_function(*_named_apart(specs))
    _check(concrete.graph, layers, what)
    constants = convert_variables_to_constants_v2(concrete, lower_control_flow=lower)
    inputs = tuple(
        Port(tensor.name, name, tensor.dtype.name, tuple(tensor.shape.as_list()))
        for tensor, name in zip(constants.inputs, names, strict=True)
    )
    outputs = tuple(
        Port(tensor.name, name, tensor.dtype.name, _sizes(tensor))
        for tensor, name in zip(constants.outputs, output_names, strict=True)
    )
    graph_def = cleaned(inlined(constants.graph.as_graph_def()), [port.node for port in (*inputs, *outputs)])
    return graph_def, inputs, outputs, None if lower else function_of(graph_def, inputs, outputs)


def _named_apart(specs: list[tf.TensorSpec]) -> list[tf.TensorSpec]:
    """Specs whose names differ, also where Keras' names differ only in characters that no node may have."""
    import tensorflow as tf

    seen: set[str] = set()
    apart = []
    for spec in specs:
        name, number = spec.name, 1
        while name in seen:
            number += 1
            name = f"{spec.name}_{number}"
        seen.add(name)
        apart.append(tf.TensorSpec(spec.shape, spec.dtype, name=name))
    return apart


def _sizes(tensor: tf.Tensor) -> tuple[int | None, ...]:
    return tuple(tensor.shape.as_list()) if tensor.shape.rank is not None else ()


def function_of(graph_def: tf.compat.v1.GraphDef, inputs: Sequence[Port], outputs: Sequence[Port]) -> Any:
    """A concrete function that takes the inputs in order and returns the outputs in order."""
    from tensorflow.python.eager.wrap_function import function_from_graph_def

    return function_from_graph_def(
        graph_def, [port.tensor for port in inputs], [port.tensor for port in outputs]
    )


def _check(graph: Any, layers: tuple[str, ...], what: str) -> None:
    """Raise where predicting changes a variable or draws random numbers."""
    # Random first: drawing numbers also changes a seed's state, which would be the wrong complaint.
    for pattern, complaint in ((_RANDOM, _DRAWS), (_ASSIGNS, _REMEMBERS), (_TABLES, _LOOKS_UP)):
        for name, op in _operations(graph):
            if pattern.match(op):
                layer = layer_of(name, layers)
                who = f"Layer {layer}" if layer else f"{what} (in {name})"
                raise CourseError(f"{who} {complaint}")


_DRAWS = (
    "draws random numbers when it predicts, which no converted model can repeat: "
    "make it a layer that does so in training alone."
)
_LOOKS_UP = (
    "looks words or numbers up in a table, which converted models do not have: "
    "do that before the model, and give the model numbers."
)
_REMEMBERS = (
    "keeps a state from one call to the next, which this format cannot: build it with stateful=False and pass "
    "the state in and out, or take the tfjs-layers format for a stateful RNN."
)


def _operations(graph: Any) -> Iterator[tuple[str, str]]:
    """Name and op of all nodes of a function's graph and of the functions that it calls."""
    for operation in graph.get_operations():
        yield operation.name, operation.type
    for function in graph.as_graph_def().library.function:
        for node in function.node_def:
            yield node.name, node.op


def layer_of(node: str, layers: Sequence[str]) -> str | None:
    """The innermost Keras layer in whose scope a graph node lies, where one can be told."""
    known = set(layers)
    for part in reversed(node.split("/")):
        # Keras numbers the scope of a layer's second call: dense_1 may be the layer dense, called again.
        for name in (part, re.sub(r"_\d+$", "", part)):
            if name in known:
                return name
    return None


def inlined(graph_def: tf.compat.v1.GraphDef) -> tf.compat.v1.GraphDef:
    """The graph with calls of functions replaced by what they compute.

    TensorFlow leaves those that XLA must compile, such as Keras' convolutions in groups.
    """
    import tensorflow as tf
    from tensorflow.python.framework.function_def_to_graph import function_def_to_graph

    functions = {function.signature.name: function for function in graph_def.library.function}
    result = tf.compat.v1.GraphDef()
    result.versions.CopyFrom(graph_def.versions)
    result.library.CopyFrom(graph_def.library)
    outputs: dict[str, str] = {}
    for node in graph_def.node:
        if node.op not in _CALLS:
            result.node.add().CopyFrom(node)
            continue
        body = function_def_to_graph(functions[node.attr["f"].func.name])
        inner = inlined(body.as_graph_def())
        # The function's arguments are placeholders in its graph, in order.
        given = dict(zip([tensor.op.name for tensor in body.inputs], node.input, strict=False))

        def outside(tensor: str, prefix: str = node.name, given: dict[str, str] = given) -> str:
            name, colon, index = tensor.partition(":")
            return given.get(name) or f"{prefix}/{name}{colon}{index}"

        for part in inner.node:
            if part.name not in given:
                copy = result.node.add()
                copy.CopyFrom(part)
                copy.name = f"{node.name}/{part.name}"
                copy.input[:] = [outside(tensor) for tensor in part.input]
        for index, tensor in enumerate(body.outputs):
            outputs[f"{node.name}:{index}"] = outside(tensor.name)
    for node in result.node:
        # Control inputs order effects, and nothing here has one left.
        data = [tensor for tensor in node.input if not tensor.startswith("^")]
        node.input[:] = [_after_calls(tensor, outputs) for tensor in data]
    return result


_CALLS = {"PartitionedCall", "StatefulPartitionedCall"}


def _after_calls(tensor: str, outputs: dict[str, str]) -> str:
    """The tensor itself, past the calls that hand it out; an order with regard to a call no longer matters."""
    name = tensor if ":" in tensor else f"{tensor}:0"
    while name in outputs:
        tensor = outputs[name]
        name = tensor if ":" in tensor else f"{tensor}:0"
    return tensor


def cleaned(graph_def: tf.compat.v1.GraphDef, keep: Sequence[str]) -> tf.compat.v1.GraphDef:
    """The graph without nodes that only hand on a tensor, exist for an effect, or lead to nothing in `keep`."""
    import tensorflow as tf

    nodes = {node.name: node for node in graph_def.node}
    kept = set(keep)

    def source(tensor: str) -> str:
        """Where a tensor really comes from, past nodes that hand it on."""
        while True:
            node = nodes[tensor.split(":")[0]]
            if node.name in kept or node.op not in _HANDS_ON:
                return tensor
            # Behind a Switch, an Identity says which way was taken.
            if nodes[node.input[0].split(":")[0]].op == "Switch":
                return tensor
            tensor = node.input[0]

    result = tf.compat.v1.GraphDef()
    result.versions.CopyFrom(graph_def.versions)
    result.library.CopyFrom(graph_def.library)
    wanted: set[str] = set()
    frontier = list(keep)
    inputs: dict[str, list[str]] = {}
    while frontier:
        name = frontier.pop()
        if name in wanted:
            continue
        wanted.add(name)
        inputs[name] = [source(tensor) for tensor in nodes[name].input]
        frontier.extend(tensor.split(":")[0] for tensor in inputs[name])
    for node in graph_def.node:
        if node.name in wanted and node.op not in _EFFECTS:
            copy = result.node.add()
            copy.CopyFrom(node)
            del copy.input[:]
            copy.input.extend(inputs[node.name])
            for attribute in [key for key in copy.attr if key.startswith("_")]:
                del copy.attr[attribute]
    return result
