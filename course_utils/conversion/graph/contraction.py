"""Einsum, which the WASM backend of TF.js lacks, as a matrix product between transpositions and reshapes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from course_utils.conversion.graph.nodes import Graph, Node

Size = tuple[str, int]  # where an unknown size is to be had: a tensor and one of its axes


def einsum(graph: Graph, node: Node) -> str | None:
    """The product of two tensors; None, which leaves it to be refused, for other equations."""
    equation = node.attr["equation"].s.decode().replace(" ", "")
    terms, _, output = equation.partition("->")
    operands = terms.split(",")
    whole = [*operands, output]
    if len(operands) != 2 or any("." in term or len(set(term)) != len(term) for term in whole):
        return None
    left, right = operands
    if any(letter not in output and (letter not in left or letter not in right) for letter in left + right):
        return None
    sizes: dict[str, int | Size] = {}
    for term, tensor in zip(operands, node.inputs, strict=True):
        shape = graph.shape(tensor)
        if shape is None:
            return None
        for axis, (letter, size) in enumerate(zip(term, shape, strict=True)):
            if size is not None:
                sizes[letter] = size
            else:
                sizes.setdefault(letter, (tensor, axis))
    batch = [letter for letter in output if letter in left and letter in right]
    summed = [letter for letter in left if letter in right and letter not in output]
    only = [[letter for letter in output if letter in term and letter not in batch] for term in operands]
    one = _arranged(graph, node, node.inputs[0], left, (batch, only[0], summed), sizes, "left")
    two = _arranged(graph, node, node.inputs[1], right, (batch, summed, only[1]), sizes, "right")
    kind = graph.dtypes[node.name]
    product = graph.add("BatchMatMulV2", [one, two], f"{node.name}/product", T=kind, adj_x=False, adj_y=False)
    order = "".join(batch + only[0] + only[1])
    shaped = _reshape(graph, node, product, [[letter] for letter in order], sizes, "shaped")
    return _transpose(graph, node, shaped, [order.index(letter) for letter in output], "ordered")


def _arranged(
    graph: Graph,
    node: Node,
    tensor: str,
    term: str,
    groups: Sequence[list[str]],
    sizes: dict[str, int | Size],
    side: str,
) -> str:
    """The tensor as [batch, rows, columns], each of them a group of the equation's letters."""
    order = [term.index(letter) for group in groups for letter in group]
    turned = _transpose(graph, node, tensor, order, f"{side}_turned")
    return _reshape(graph, node, turned, groups, sizes, f"{side}_shaped")


def _transpose(graph: Graph, node: Node, tensor: str, order: list[int], name: str) -> str:
    import tensorflow as tf

    if order == list(range(len(order))):
        return tensor
    perm = graph.constant(np.asarray(order, np.int32), f"{node.name}/{name}/perm")
    kind = graph.dtypes[node.name]
    return graph.add("Transpose", [tensor, perm], f"{node.name}/{name}", T=kind, Tperm=tf.int32)


def _reshape(
    graph: Graph,
    node: Node,
    tensor: str,
    groups: Sequence[Sequence[str]],
    sizes: dict[str, int | Size],
    name: str,
) -> str:
    """Merge each group of axes into one. One size may be unknown; more are taken from the tensors that have them."""
    import tensorflow as tf

    unknown = [i for i, group in enumerate(groups) if any(not isinstance(sizes[x], int) for x in group)]
    target: list[int | str] = []
    for i, group in enumerate(groups):
        if i not in unknown:
            target.append(math.prod(sizes[letter] for letter in group))
        elif len(unknown) == 1:
            target.append(-1)
        else:
            target.append(_product(graph, node, [sizes[letter] for letter in group], f"{name}_{i}"))
    full = f"{node.name}/{name}"
    if all(isinstance(size, int) for size in target):
        shape = graph.constant(np.asarray(target, np.int32), f"{full}/sizes")
    else:
        parts = [s if isinstance(s, str) else graph.constant(s, f"{full}/size", np.int32) for s in target]
        shape = graph.add("Pack", parts, f"{full}/sizes", T=tf.int32, N=len(parts), axis=0)
    kind = graph.dtypes[node.name]
    return graph.add("Reshape", [tensor, shape], full, T=kind, Tshape=tf.int32)


def _product(graph: Graph, node: Node, sizes: Sequence[int | Size], name: str) -> str:
    """The product of sizes, some of which only the running graph knows."""
    import tensorflow as tf

    full = f"{node.name}/{name}"
    known = math.prod(size for size in sizes if isinstance(size, int))
    result = graph.constant(known, f"{full}/known", np.int32)
    for size in sizes:
        if isinstance(size, int):
            continue
        tensor, axis = size
        shape = graph.add("Shape", [tensor], f"{full}/shape", T=graph.dtypes[tensor], out_type=tf.int32)
        where = [
            graph.constant(np.asarray([number], np.int32), f"{full}/where") for number in (axis, axis + 1, 1)
        ]
        one = graph.add(
            "StridedSlice",
            [shape, *where],
            f"{full}/size",
            T=tf.int32,
            Index=tf.int32,
            begin_mask=0,
            end_mask=0,
            ellipsis_mask=0,
            new_axis_mask=0,
            shrink_axis_mask=1,
        )
        result = graph.add("Mul", [result, one], f"{full}/product", T=tf.int32)
    return result
