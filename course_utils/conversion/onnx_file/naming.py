"""The same model becomes the same file: nodes in an order, and tensors with names, that follow from the model alone.

(Of recurrent layers the loops' own variables stay in the order of tf2onnx, which may differ from time to time.)

tf2onnx numbers its names through the whole process, goes through sets, and sorts by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from course_utils.conversion.graph.freezing import layer_of

if TYPE_CHECKING:
    import onnx


def settle(graph: onnx.GraphProto, layers: Sequence[str], outer: dict[str, str] | None = None) -> None:
    """Order and name what is in `graph` by how its outputs are computed, and what is in its loops.

    Args:
        graph: is changed; only the names of its own inputs and outputs stay, if it is no loop's.
        layers: the Keras layers' names, which stay in the names of nodes.
        outer: new names of the tensors of the graph around this one; None for the outermost.
    """
    nodes = _in_order(graph)
    kept = {value.name for value in (*graph.input, *graph.output)} if outer is None else set()
    names = dict(outer or {}) | {name: name for name in kept}
    prefix = "" if outer is None else f"loop_{len(names)}/"

    def renamed(name: str, stem: str = "tensor") -> str:
        if name and name not in names:
            names[name] = f"{prefix}{stem}_{len(names)}"
        return names.get(name, name)

    if outer is not None:
        for value in graph.input:
            names.pop(value.name, None)
            value.name = renamed(value.name, "given")
    for number, node in enumerate(nodes):
        layer = layer_of(node.name, layers)
        stem = f"{layer}/{node.op_type}" if layer else node.op_type
        for body in _bodies(node):
            list(map(renamed, _free(body)))
            settle(body, layers, names)
        node.name, node.doc_string = f"{prefix}{stem}_{number}", ""
        node.input[:] = [renamed(name) for name in node.input]
        for at, name in enumerate(node.output):
            node.output[at] = renamed(name, stem)
    for value in graph.output:
        value.name = renamed(value.name)
    _name_constants(graph, renamed)


def _name_constants(graph: onnx.GraphProto, renamed: Callable[[str], str]) -> None:
    for tensor in graph.initializer:
        tensor.name = renamed(tensor.name)
    tensors = sorted(graph.initializer, key=lambda tensor: int(tensor.name.rsplit("_", 1)[-1]))
    ordered = [type(tensor).FromString(tensor.SerializeToString()) for tensor in tensors]
    del graph.initializer[:]
    graph.initializer.extend(ordered)
    del graph.value_info[:]


def _in_order(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """The graph's own nodes, each after those it reads, in the order in which the outputs need them."""
    for node in graph.node:
        for body in _bodies(node):
            _in_order(body)
    makers = {name: node for node in graph.node for name in node.output if name}
    ordered, done = [], set()
    for output in graph.output:
        stack = [(output.name, False)]
        while stack:
            name, ready = stack.pop()
            node = makers.get(name)
            if node is None or node.output[0] in done:
                continue
            if ready:
                done.add(node.output[0])
                ordered.append(node)
                continue
            stack.append((name, True))
            stack.extend((source, False) for source in reversed(list(_read(node))))
    copies = [type(node).FromString(node.SerializeToString()) for node in ordered]
    del graph.node[:]
    graph.node.extend(copies)
    return list(graph.node)


def _read(node: onnx.NodeProto) -> Iterator[str]:
    """The tensors that a node reads, those included that its loop takes from outside."""
    yield from (name for name in node.input if name)
    for body in _bodies(node):
        yield from _free(body)


def _bodies(node: onnx.NodeProto) -> list[onnx.GraphProto]:
    return [attribute.g for attribute in node.attribute if attribute.HasField("g")]


def _free(graph: onnx.GraphProto) -> list[str]:
    """What a loop's body reads that is made outside of it, in order."""
    own = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    own |= {name for node in graph.node for name in node.output}
    read = [name for node in graph.node for name in _read(node)] + [value.name for value in graph.output]
    return [name for name in dict.fromkeys(read) if name not in own]
