"""A TensorFlow graph that can be taken apart: what the passes work on, between freezing and writing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.conversion.graph.freezing import Frozen, Port

if TYPE_CHECKING:
    import tensorflow as tf

# A constant of more numbers than this is not needed to work out shapes.
_SMALL = 256


@dataclass
class Node:
    """A node: `inputs` are tensors (`"conv"`, `"split:1"`), `attr` TensorFlow's own AttrValues."""

    name: str
    op: str
    inputs: list[str]
    attr: dict[str, Any] = field(default_factory=dict)


class Graph:
    """Nodes by name, the values of the constant ones, and what is known of each tensor's shape and dtype.

    Constants are kept in `values`, floating point ones in double precision where they were computed here, so that
    folding loses nothing; they become float32 when they are written.
    """

    def __init__(self, frozen: Frozen) -> None:
        self.nodes: dict[str, Node] = {}
        self.values: dict[str, np.ndarray] = {}
        self.inputs = frozen.inputs
        self.outputs = [port.tensor.removesuffix(":0") for port in frozen.outputs]
        self.output_ports: tuple[Port, ...] = frozen.outputs
        self.layers = frozen.layers
        self.versions = frozen.graph_def.versions
        self.shapes: dict[str, tuple[int | None, ...] | None] = {}
        self.dtypes: dict[str, Any] = {}
        self._aliases: dict[str, str] = {}
        from tensorflow.python.framework import tensor_util

        for node in frozen.graph_def.node:
            if node.op == "Const":
                self.values[node.name] = tensor_util.MakeNdarray(node.attr["value"].tensor)
                self.nodes[node.name] = Node(node.name, "Const", [], {"dtype": node.attr["dtype"]})
            else:
                inputs = [tensor.removesuffix(":0") for tensor in node.input]
                self.nodes[node.name] = Node(node.name, node.op, inputs, dict(node.attr))

    def __iter__(self) -> Iterator[Node]:
        """The nodes as they are now: a pass may add and remove some meanwhile."""
        return iter(list(self.nodes.values()))

    def source(self, tensor: str) -> Node:
        """The node that a tensor comes from."""
        return self.nodes[tensor.split(":", 1)[0]]

    def value(self, tensor: str) -> np.ndarray | None:
        """The value of a constant tensor."""
        return self.values.get(tensor)

    def shape(self, tensor: str) -> tuple[int | None, ...] | None:
        """The tensor's shape, as far as known; None where not even the number of dimensions is."""
        return self.shapes.get(tensor)

    def users(self) -> dict[str, list[Node]]:
        """For each tensor the nodes that take it, as often as they do; a model output counts as one more user."""
        users: dict[str, list[Node]] = {}
        for node in self.nodes.values():
            for tensor in node.inputs:
                users.setdefault(tensor, []).append(node)
        for tensor in self.outputs:
            users.setdefault(tensor, []).append(Node(f"output of {tensor}", "Output", [tensor]))
        return users

    def add(self, op: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        """Add a node, named `name` or like it; returns its first output."""
        node = Node(self.free_name(name), op, list(inputs), {k: attribute(v) for k, v in attributes.items()})
        self.nodes[node.name] = node
        return node.name

    def constant(self, value: Any, name: str, dtype: Any = None) -> str:
        """Add a constant; returns its tensor."""
        import tensorflow as tf

        array = np.asarray(value, dtype)
        name = self.free_name(name)
        kind = tf.float32 if array.dtype.kind == "f" else tf.as_dtype(array.dtype)
        self.nodes[name] = Node(name, "Const", [], {"dtype": attribute(kind)})
        self.values[name] = array
        self.shapes[name], self.dtypes[name] = array.shape, kind
        return name

    def free_name(self, name: str) -> str:
        """`name`, numbered where the graph has it already."""
        free, number = name, 1
        while free in self.nodes:
            free, number = f"{name}_{number}", number + 1
        return free

    def replace(self, old: str, new: str) -> None:
        """Let all that takes `old` take `new`, from the next `settle` on."""
        if old != new:
            self._aliases[old] = new
            if old in self.shapes:
                self.shapes.setdefault(new, self.shapes[old])
                self.dtypes.setdefault(new, self.dtypes[old])

    def settle(self) -> bool:
        """Carry out the replacements, and drop nodes that lead to no output; returns whether there were any."""
        changed = bool(self._aliases)

        def now(tensor: str) -> str:
            while tensor in self._aliases:
                tensor = self._aliases[tensor]
            return tensor

        for node in self.nodes.values():
            node.inputs = [now(tensor) for tensor in node.inputs]
        self.outputs = [now(tensor) for tensor in self.outputs]
        self._aliases.clear()
        self._prune()
        return changed

    def _prune(self) -> None:
        wanted = {port.node for port in self.inputs}
        frontier = [tensor.split(":", 1)[0] for tensor in self.outputs]
        while frontier:
            name = frontier.pop()
            if name not in wanted:
                wanted.add(name)
                frontier.extend(tensor.split(":", 1)[0] for tensor in self.nodes[name].inputs)
        self.nodes = {name: node for name, node in self.nodes.items() if name in wanted}
        self.values = {name: value for name, value in self.values.items() if name in wanted}

    def infer(self) -> tf.Graph:
        """Work out all shapes and dtypes; returns a TensorFlow graph of the same nodes, large constants left out."""
        import tensorflow as tf

        skeleton = tf.Graph()
        with skeleton.as_default():
            tf.graph_util.import_graph_def(self.graph_def(_SMALL), name="")
        for operation in skeleton.get_operations():
            for tensor in operation.outputs:
                name = tensor.name.removesuffix(":0")
                self.shapes[name] = tuple(tensor.shape.as_list()) if tensor.shape.rank is not None else None
                self.dtypes[name] = tensor.dtype
        return skeleton

    def graph_def(self, largest: int | None = None) -> tf.compat.v1.GraphDef:
        """The graph as TensorFlow has it; constants of more than `largest` numbers become placeholders."""
        import tensorflow as tf

        result = tf.compat.v1.GraphDef()
        result.versions.CopyFrom(self.versions)
        for node in self.nodes.values():
            copy = result.node.add(name=node.name, op=node.op, input=node.inputs)
            if node.op != "Const":
                for key, value in node.attr.items():
                    copy.attr[key].CopyFrom(value)
                continue
            value = self.values[node.name]
            dtype = tf.as_dtype(node.attr["dtype"].type)
            copy.attr["dtype"].CopyFrom(node.attr["dtype"])
            if largest is not None and value.size > largest:
                copy.op = "Placeholder"
                copy.attr["shape"].CopyFrom(attribute(tf.TensorShape(value.shape)))
            else:
                copy.attr["value"].tensor.CopyFrom(
                    tf.make_tensor_proto(value, dtype=dtype, shape=value.shape)
                )
        return result


def attribute(value: Any) -> Any:
    """A Python value as TensorFlow's AttrValue."""
    import tensorflow as tf
    from tensorflow.core.framework import attr_value_pb2

    made = attr_value_pb2.AttrValue()
    if isinstance(value, attr_value_pb2.AttrValue):
        made = value
    elif isinstance(value, bool):
        made.b = value
    elif isinstance(value, int):
        made.i = value
    elif isinstance(value, float):
        made.f = value
    elif isinstance(value, str):
        made.s = value.encode()
    elif isinstance(value, tf.DType):
        made.type = value.as_datatype_enum
    elif isinstance(value, tf.TensorShape):
        made.shape.CopyFrom(value.as_proto())
    else:
        _fill(made.list, value)
    return made


def _fill(made: Any, values: Iterable[Any]) -> None:
    """Fill an AttrValue's list, which may be empty."""
    made.SetInParent()
    for value in values:
        if isinstance(value, str):
            made.s.append(value.encode())
        else:
            made.i.append(value)


def python_value(value: Any) -> Any:
    """TensorFlow's AttrValue as TensorFlow's eager execution takes it."""
    import tensorflow as tf

    kind = value.WhichOneof("value")
    if kind == "list":
        for field_name in ("s", "i", "f", "b", "type"):
            if len(getattr(value.list, field_name)):
                return list(getattr(value.list, field_name))
        return []
    if kind == "shape":
        return tf.TensorShape(value.shape).as_proto()
    return getattr(value, kind) if kind else None
