"""Loops over time without lists of tensors: what a recurrent layer collects becomes one tensor, written row by row.

TensorFlow keeps the steps of a loop in a TensorList. LiteRT has no such thing, and its converter can only replace it
where every size is known, the batch's included; tf2onnx turns it into sequences that ONNX Runtime copies. Here a list
of n tensors of one shape becomes a tensor of n rows before either converter sees the graph.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course_utils.conversion.graph.freezing import Frozen, function_of, layer_of
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import numpy as np
    from tensorflow.core.framework.node_def_pb2 import NodeDef

_LOOPS = ("While", "StatelessWhile")
_HANDS_ON = ("Identity", "StopGradient")


@dataclass(frozen=True)
class _Listed:
    """What a list of tensors holds: the dtype (as TensorFlow numbers it) and the shape of each, -1 where unknown."""

    dtype: int
    shape: tuple[int, ...]


# How a row is written: (nodes, reference to rows, to index, to the new row, what the list holds) -> the new rows.
Update = Callable[["Nodes", str, str, str, _Listed], str]


def without_tensor_lists(frozen: Frozen, update: Update) -> Frozen:
    """The same graph with tensors in place of TensorLists.

    Args:
        frozen: a graph, with its loops as `While` and functions.
        update: `by_slice` or `by_scatter`, whichever the target has.

    Raises:
        CourseError: a list grows, or holds tensors whose shape cannot be told, naming the layer.
    """
    import tensorflow as tf

    if not any(node.op.startswith("TensorList") for node in _all_nodes(frozen.graph_def)):
        return frozen
    graph = tf.compat.v1.GraphDef()
    graph.CopyFrom(frozen.graph_def)
    _Lowering(graph, frozen.layers, update).run()
    function = function_of(graph, frozen.inputs, frozen.outputs)
    return Frozen(graph, frozen.inputs, frozen.outputs, function, frozen.layers, frozen.recurrence)


def _all_nodes(graph: Any) -> Iterable[NodeDef]:
    yield from graph.node
    for function in graph.library.function:
        yield from function.node_def


def by_slice(nodes: Nodes, rows: str, index: str, row: str, listed: _Listed) -> str:
    """A row written by XlaDynamicUpdateSlice, which LiteRT knows as DYNAMIC_UPDATE_SLICE."""
    where = nodes.pack([index, *[nodes.constant(0)] * len(listed.shape)])
    lifted = nodes.lifted(row, listed)
    return nodes.add(
        "XlaDynamicUpdateSlice", "output", [rows, lifted, where], T=listed.dtype, Tindices=_INT32
    )


def by_scatter(nodes: Nodes, rows: str, index: str, row: str, listed: _Listed) -> str:
    """A row written by TensorScatterUpdate, which ONNX knows as ScatterND."""
    where = nodes.add("ExpandDims", "output", [nodes.pack([index]), nodes.constant(0)], T=_INT32, Tdim=_INT32)
    lifted = nodes.lifted(row, listed)
    return nodes.add("TensorScatterUpdate", "output", [rows, where, lifted], T=listed.dtype, Tindices=_INT32)


_INT32 = 3
_numbers = itertools.count()


class Nodes:
    """The nodes of a graph, or of a function's body, where a tensor is referred to in another way."""

    def __init__(self, owner: Any, is_function: bool) -> None:
        self.owner = owner
        self.is_function = is_function
        self.list = owner.node_def if is_function else owner.node
        self.by_name = {node.name: node for node in self.list}
        self.prefix = "rows"

    def add(self, op: str, output: str, inputs: list[str], **attributes: Any) -> str:
        """Add a node and return the reference to its first output, which the operation calls `output`."""
        name = f"{self.prefix}/{op}"
        number = 0
        while name in self.by_name:
            number += 1
            name = f"{self.prefix}/{op}_{number}"
        node = self.list.add(name=name, op=op)
        node.input.extend(inputs)
        for key, value in attributes.items():
            _set(node, key, value)
        self.by_name[name] = node
        return f"{name}:{output}:0" if self.is_function else name

    def constant(self, value: int | np.ndarray) -> str:
        """A Const node: an int becomes int32."""
        import numpy as np
        import tensorflow as tf

        array = np.asarray(value, np.int32 if isinstance(value, int) else None)
        reference = self.add("Const", "output", [], dtype=tf.as_dtype(array.dtype).as_datatype_enum)
        tensor = self.by_name[reference.split(":")[0]].attr["value"].tensor
        tensor.CopyFrom(tf.make_tensor_proto(array))
        return reference

    def pack(self, scalars: list[str]) -> str:
        """int32 scalars as one vector."""
        return self.add("Pack", "output", scalars, T=_INT32, N=len(scalars), axis=0)

    def lifted(self, row: str, listed: _Listed) -> str:
        """`row` with an axis of size 1 in front."""
        return self.add("ExpandDims", "output", [row, self.constant(0)], T=listed.dtype, Tdim=_INT32)

    def size(self, tensor: str, dtype: int, axis: int) -> str:
        """One size of a tensor, as an int32 scalar."""
        shape = self.add("Shape", "output", [tensor], T=dtype, out_type=_INT32)
        bounds = [self.pack([self.constant(value)]) for value in (axis, axis + 1, 1)]
        return self.add(
            "StridedSlice", "output", [shape, *bounds], T=_INT32, Index=_INT32, shrink_axis_mask=1
        )

    def rename(self, old: str, new: str) -> None:
        """Have `new` read in place of `old`. (Within a function, outputs bear their operation's name for them.)"""
        for node in self.list:
            for at, name in enumerate(node.input):
                if name == old:
                    node.input[at] = new
        if self.is_function:
            for key, name in self.owner.ret.items():
                if name == old:
                    self.owner.ret[key] = new

    def value(self, tensor: str) -> np.ndarray | None:
        """The value of a constant tensor, None where it is none."""
        import tensorflow as tf

        node = self.by_name.get(tensor.split(":")[0])
        while node is not None and node.op in _HANDS_ON:
            node = self.by_name.get(node.input[0].split(":")[0])
        return tf.make_ndarray(node.attr["value"].tensor) if node is not None and node.op == "Const" else None


def _set(node: NodeDef, key: str, value: Any) -> None:
    attribute = node.attr[key]
    if key in (
        "T",
        "Tdim",
        "Tindices",
        "dtype",
        "out_type",
        "Index",
        "Tparams",
        "Taxis",
        "index_type",
        "Tshape",
    ):
        attribute.type = value
    else:
        attribute.i = value


class _Lowering:
    def __init__(self, graph: Any, layers: tuple[str, ...], update: Update) -> None:
        self.graph = graph
        self.layers = layers
        self.update = update
        self.functions = {function.signature.name: function for function in graph.library.function}
        self.done: set[str] = set()

    def run(self) -> None:
        self.body(Nodes(self.graph, is_function=False), {})
        # A process knows only one function of a name, and the one with the list has it.
        number = next(_numbers)
        for function in self.graph.library.function:
            function.signature.name += f"_rows_{number}"
        for node in _all_nodes(self.graph):
            for attribute in node.attr.values():
                if attribute.HasField("func"):
                    attribute.func.name += f"_rows_{number}"

    def body(self, nodes: Nodes, lists: dict[str, _Listed]) -> dict[str, _Listed]:
        """Rewrite one body; `lists` says what its arguments hold that are lists, and is completed and returned."""
        for node in _in_order(list(nodes.list)):
            nodes.prefix = f"{node.name}/rows"
            if node.op in _LOOPS:
                self.loop(nodes, node, lists)
            elif node.op in _HANDS_ON and _tensor(node.input[0]) in lists:
                listed = lists[_tensor(node.input[0])]
                node.attr["T"].type = listed.dtype
                lists[self.reference(nodes, node)] = listed
            elif node.op.startswith("TensorList"):
                self.list_operation(nodes, node, lists)
        return lists

    def reference(self, nodes: Nodes, node: NodeDef) -> str:
        return f"{node.name}:{_OUTPUTS.get(node.op, 'output')}:0" if nodes.is_function else f"{node.name}:0"

    def list_operation(self, nodes: Nodes, node: NodeDef, lists: dict[str, _Listed]) -> None:
        rewrite = _REWRITES.get(node.op)
        if rewrite is None or node.attr["resize_if_index_out_of_bounds"].b:
            raise self.refusal(node, "keeps a list that grows as it runs")
        old = self.reference(nodes, node)
        made, listed = rewrite(self, nodes, node, lists)
        # The node keeps its name, for those that read it, and hands on what replaces it.
        dtype = listed.dtype if listed else self.item(node, lists)
        node.op = "Identity"
        del node.input[:]
        node.input.append(made)
        node.attr.clear()
        node.ClearField("experimental_type")
        node.attr["T"].type = _INT32 if dtype is None else dtype
        if nodes.is_function:
            nodes.rename(old, f"{node.name}:output:0")
        if listed:
            lists[f"{node.name}:output:0" if nodes.is_function else f"{node.name}:0"] = listed

    def item(self, node: NodeDef, lists: dict[str, _Listed]) -> int | None:
        """The dtype of what a node takes out of a list; None where it is a number of things."""
        if node.op == "TensorListLength":
            return None
        return lists[_tensor(node.input[0])].dtype

    def reserve(self, nodes: Nodes, node: NodeDef, lists: dict[str, _Listed]) -> tuple[str, _Listed]:
        """Rows of zeros. A size that is not known when converting is that of the lists which the same loop reads."""
        import numpy as np
        import tensorflow as tf

        shape = nodes.value(node.input[0])
        if shape is None or shape.ndim == 0 or (shape < 0).sum() > 1 or (shape[1:] < 0).any():
            raise self.refusal(node, "collects tensors whose shape is not known before it runs")
        listed = _Listed(node.attr["element_dtype"].type, tuple(int(size) for size in shape))
        sizes = [nodes.constant(size) for size in listed.shape]
        if listed.shape and listed.shape[0] < 0:
            sizes[0] = self.batch(nodes, node)
        zero = nodes.constant(np.zeros((), tf.as_dtype(listed.dtype).as_numpy_dtype))
        filled = nodes.add(
            "Fill",
            "output",
            [nodes.pack([node.input[1], *sizes]), zero],
            T=listed.dtype,
            index_type=_INT32,
        )
        return filled, listed

    def batch(self, nodes: Nodes, node: NodeDef) -> str:
        """How many sequences a loop goes through at a time: the second size of what it reads step by step."""
        for loop in nodes.list:
            if loop.op in _LOOPS and node.name in {name.split(":")[0] for name in loop.input}:
                for name in loop.input:
                    source = nodes.by_name.get(name.split(":")[0])
                    while source is not None and source.op in _HANDS_ON:
                        source = nodes.by_name.get(source.input[0].split(":")[0])
                    if source is not None and source.op == "TensorListFromTensor":
                        return nodes.size(source.input[0], source.attr["element_dtype"].type, 1)
        raise self.refusal(node, "collects tensors whose batch size is not known before it runs")

    def from_tensor(self, nodes: Nodes, node: NodeDef, lists: dict[str, _Listed]) -> tuple[str, _Listed]:
        shape = nodes.value(node.input[1])
        sizes = () if shape is None or shape.ndim == 0 else tuple(int(size) for size in shape)
        return node.input[0], _Listed(node.attr["element_dtype"].type, sizes)

    def set_item(self, nodes: Nodes, node: NodeDef, lists: dict[str, _Listed]) -> tuple[str, _Listed]:
        rows, index, row = node.input[:3]
        listed = lists[_tensor(rows)]
        return self.update(nodes, rows, index, row, listed), listed

    def get_item(self, nodes: Nodes, node: NodeDef, lists: dict[str, _Listed]) -> tuple[str, None]:
        rows, index = node.input[:2]
        dtype = lists[_tensor(rows)].dtype
        inputs = [rows, index, nodes.constant(0)]
        return nodes.add(
            "GatherV2", "output", inputs, Tparams=dtype, Tindices=_INT32, Taxis=_INT32, batch_dims=0
        ), None

    def stack(self, nodes: Nodes, node: NodeDef, lists: dict[str, _Listed]) -> tuple[str, None]:
        """All rows, with the sizes stated that the list's items are known to have: layers after it need them."""
        rows = node.input[0]
        listed = lists[_tensor(rows)]
        if not listed.shape or min(listed.shape[1:], default=1) < 0:
            return rows, None
        count = node.attr["num_elements"].i
        steps = nodes.constant(count) if count >= 0 else nodes.size(rows, listed.dtype, 0)
        shape = nodes.pack([steps, *[nodes.constant(size) for size in listed.shape]])
        return nodes.add("Reshape", "output", [rows, shape], T=listed.dtype, Tshape=_INT32), None

    def length(self, nodes: Nodes, node: NodeDef, lists: dict[str, _Listed]) -> tuple[str, None]:
        rows = node.input[0]
        return nodes.size(rows, lists[_tensor(rows)].dtype, 0), None

    def loop(self, nodes: Nodes, node: NodeDef, lists: dict[str, _Listed]) -> None:
        """A loop's variables that are lists become tensors: in its own types, and in its two functions."""
        carried = {at: lists[_tensor(name)] for at, name in enumerate(node.input) if _tensor(name) in lists}
        for at, listed in carried.items():
            node.attr["T"].list.type[at] = listed.dtype
            reference = f"{node.name}:output:{at}" if nodes.is_function else f"{node.name}:{at}"
            lists[reference] = listed
            if at < len(node.attr["output_shapes"].list.shape):
                shape = node.attr["output_shapes"].list.shape[at]
                shape.Clear()
                shape.unknown_rank = True
        for key in ("cond", "body"):
            function = self.functions[node.attr[key].func.name]
            if function.signature.name in self.done:
                continue
            self.done.add(function.signature.name)
            arguments = {}
            for at, listed in carried.items():
                function.signature.input_arg[at].type = listed.dtype
                function.arg_attr[at].Clear()
                arguments[f"{function.signature.input_arg[at].name}:0"] = listed
            if key == "body":
                for at, listed in carried.items():
                    function.signature.output_arg[at].type = listed.dtype
            self.body(Nodes(function, is_function=True), arguments)

    def refusal(self, node: NodeDef, why: str) -> CourseError:
        layer = layer_of(node.name, self.layers)
        who = f"Layer {layer}" if layer else f"The loop {node.name}"
        return CourseError(
            f"{who} {why}, which this format cannot: give the layer sizes that are known, or take tfjs-layers."
        )


_OUTPUTS = {
    "TensorListReserve": "handle",
    "TensorListFromTensor": "output_handle",
    "TensorListSetItem": "output_handle",
    "TensorListGetItem": "item",
    "TensorListStack": "tensor",
    "TensorListLength": "length",
}
_REWRITES = {
    "TensorListReserve": _Lowering.reserve,
    "TensorListFromTensor": _Lowering.from_tensor,
    "TensorListSetItem": _Lowering.set_item,
    "TensorListGetItem": _Lowering.get_item,
    "TensorListStack": _Lowering.stack,
    "TensorListLength": _Lowering.length,
}


def _tensor(name: str) -> str:
    """A reference with its output's number, which a graph may leave away for the first, as functions' arguments do."""
    return name if ":" in name else f"{name}:0"


def _in_order(nodes: list[NodeDef]) -> list[NodeDef]:
    """The nodes, each after those that it reads."""
    by_name = {node.name: node for node in nodes}
    ordered: list[NodeDef] = []
    state: dict[str, bool] = {}
    for root in nodes:
        stack = [root.name]
        while stack:
            name = stack[-1]
            if name not in state:
                state[name] = False
                before = (source.lstrip("^").split(":")[0] for source in by_name[name].input)
                stack.extend(source for source in before if source in by_name and source not in state)
            else:
                stack.pop()
                if not state[name]:
                    state[name] = True
                    ordered.append(by_name[name])
    return ordered
