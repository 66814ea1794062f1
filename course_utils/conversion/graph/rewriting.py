"""Operations that some backend of TF.js lacks, or computes wrongly, made of others that all of them have.

What is wrong was found by running each operation on the CPU and WASM backends of TF.js 4.22 beside TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.conversion.graph import contraction, images, layout
from course_utils.conversion.graph.nodes import Graph, Node

Rewrite = Callable[[Graph, Node], str | None]


def rewrite(graph: Graph) -> bool:
    """Rewrite what has to be, in place; returns whether there was anything. Shapes must be known."""
    for node in graph:
        make = _REWRITES.get(node.op)
        made = make(graph, node) if make is not None else None
        if made is not None and made != node.name:
            graph.replace(node.name, made)
    return graph.settle()


def _integers(values: Sequence[int]) -> np.ndarray:
    return np.asarray(values, np.int32)


def _is(graph: Graph, tensor: str, kind: str) -> bool:
    dtype = graph.dtypes.get(tensor)
    return dtype is not None and dtype.name == kind


def _cast(graph: Graph, tensor: str, name: str, to: str) -> str:
    import tensorflow as tf

    source = graph.dtypes.get(tensor, tf.float32)
    return graph.add("Cast", [tensor], name, SrcT=source, DstT=tf.as_dtype(to), Truncate=False)


def _not_zero(graph: Graph, tensor: str, name: str, dtype: str) -> str:
    import tensorflow as tf

    kind = tf.as_dtype(dtype)
    zero = graph.constant(0, f"{name}/zero", kind.as_numpy_dtype)
    return graph.add("NotEqual", [tensor, zero], name, T=kind, incompatible_shape_error=True)


def _binary(graph: Graph, op: str, left: str, right: str | float, name: str) -> str:
    import tensorflow as tf

    if not isinstance(right, str):
        right = graph.constant(right, f"{name}/number", np.float32)
    return graph.add(op, [left, right], name, T=tf.float32)


def _renamed(op: str) -> Rewrite:
    def make(graph: Graph, node: Node) -> None:
        node.op = op

    return make


def _to_bool(graph: Graph, node: Node) -> str | None:
    """WASM's Cast copies the lowest byte: 0.5 and 256 would be false."""
    source = graph.dtypes.get(node.inputs[0])
    if not _is(graph, node.name, "bool") or source is None or source.name == "bool":
        return None
    return _not_zero(graph, node.inputs[0], f"{node.name}/not_zero", source.name)


def _reverse(graph: Graph, node: Node) -> str | None:
    """WASM's Reverse takes booleans for floats."""
    import tensorflow as tf

    if not _is(graph, node.name, "bool"):
        return None
    as_float = _cast(graph, node.inputs[0], f"{node.name}/float", "float32")
    reversed_ = graph.add(
        "ReverseV2", [as_float, node.inputs[1]], f"{node.name}/reversed", T=tf.float32, Tidx=tf.int32
    )
    return _not_zero(graph, reversed_, f"{node.name}/bool", "float32")


def _one_hot(graph: Graph, node: Node) -> str | None:
    """WASM's OneHot writes integers into a tensor of floats."""
    import tensorflow as tf

    if _is(graph, node.name, "int32") or node.attr["TI"].type != tf.int32.as_datatype_enum:
        return None
    on, off = graph.value(node.inputs[2]), graph.value(node.inputs[3])
    if on is None or off is None or not _is(graph, node.name, "float32"):
        return None
    numbers = [graph.constant(number, f"{node.name}/{number}", np.int32) for number in (1, 0)]
    hot = graph.add(
        "OneHot",
        [node.inputs[0], node.inputs[1], *numbers],
        f"{node.name}/integers",
        T=tf.int32,
        TI=tf.int32,
        axis=node.attr["axis"],
    )
    graph.dtypes[hot] = tf.int32
    made = _cast(graph, hot, f"{node.name}/floats", "float32")
    if float(on) - float(off) != 1:
        made = _binary(graph, "Mul", made, float(on) - float(off), f"{node.name}/scaled")
    return made if float(off) == 0 else _binary(graph, "AddV2", made, float(off), f"{node.name}/shifted")


def _bucketize(graph: Graph, node: Node) -> str:
    """The bucket of x is the number of boundaries that it reaches."""
    import tensorflow as tf

    boundaries = np.asarray(node.attr["boundaries"].list.f, np.float32)
    x = node.inputs[0]
    if not _is(graph, x, "float32"):
        x = _cast(graph, x, f"{node.name}/float", "float32")
    axis = graph.constant(-1, f"{node.name}/axis", np.int32)
    wide = graph.add("ExpandDims", [x, axis], f"{node.name}/wide", T=tf.float32, Tdim=tf.int32)
    numbers = graph.constant(boundaries, f"{node.name}/boundaries")
    reached = graph.add("GreaterEqual", [wide, numbers], f"{node.name}/reached", T=tf.float32)
    graph.dtypes[reached] = tf.bool
    counted = _cast(graph, reached, f"{node.name}/counted", "int32")
    return graph.add("Sum", [counted, axis], f"{node.name}/sum", T=tf.int32, Tidx=tf.int32, keep_dims=False)


def _mean(graph: Graph, node: Node) -> str | None:
    """TF.js' mean of integers is not rounded towards zero."""
    import tensorflow as tf

    if not _is(graph, node.name, "int32"):
        return None
    as_float = _cast(graph, node.inputs[0], f"{node.name}/float", "float32")
    kept = {"keep_dims": node.attr["keep_dims"]} if "keep_dims" in node.attr else {}
    mean = graph.add(
        "Mean", [as_float, node.inputs[1]], f"{node.name}/mean", T=tf.float32, Tidx=tf.int32, **kept
    )
    return _cast(graph, mean, f"{node.name}/integer", "int32")


def _cumulative(graph: Graph, node: Node) -> None:
    """TF.js' cumulative sums go wrong for an axis that is counted from the end."""
    axis, shape = graph.value(node.inputs[1]), graph.shape(node.inputs[0])
    if axis is not None and shape is not None and int(axis) < 0:
        node.inputs[1] = graph.constant(int(axis) + len(shape), f"{node.name}/axis", np.int32)


def _softsign(graph: Graph, node: Node) -> str:
    import tensorflow as tf

    size = graph.add("Abs", node.inputs[:1], f"{node.name}/abs", T=tf.float32)
    return _binary(
        graph,
        "RealDiv",
        node.inputs[0],
        _binary(graph, "AddV2", size, 1.0, f"{node.name}/more"),
        f"{node.name}/ratio",
    )


def _erfc(graph: Graph, node: Node) -> str:
    import tensorflow as tf

    erf = graph.add("Erf", node.inputs[:1], f"{node.name}/erf", T=tf.float32)
    one = graph.constant(1.0, f"{node.name}/one", np.float32)
    return _binary(graph, "Sub", one, erf, f"{node.name}/rest")


def _roll(graph: Graph, node: Node) -> str | None:
    import tensorflow as tf

    shift, axis = graph.value(node.inputs[1]), graph.value(node.inputs[2])
    shape = graph.shape(node.name)
    if shift is None or axis is None or shape is None or shift.size != axis.size:
        return None
    made, kind = node.inputs[0], graph.dtypes[node.name]
    for number, (by, along) in enumerate(zip(shift.reshape(-1), axis.reshape(-1), strict=True)):
        size = shape[int(along)]
        if size is None:
            return None
        by, along = int(by) % size, int(along) % len(shape)
        if by == 0:
            continue
        parts = []
        for what, start, length in (("tail", size - by, by), ("head", 0, size - by)):
            begin = [start if i == along else 0 for i in range(len(shape))]
            sizes = [length if i == along else -1 for i in range(len(shape))]
            name = f"{node.name}/{what}_{number}"
            where = [graph.constant(_integers(v), f"{name}/where") for v in (begin, sizes)]
            parts.append(graph.add("Slice", [made, *where], name, T=kind, Index=tf.int32))
        last = graph.constant(along, f"{node.name}/axis_{number}", np.int32)
        made = graph.add(
            "ConcatV2", [*parts, last], f"{node.name}/rolled_{number}", T=kind, N=2, Tidx=tf.int32
        )
    return made


def _strided_slice(graph: Graph, node: Node) -> str | None:
    """TF.js goes wrong where a new axis or a dropped one meets a step; WASM where the numbers are no floats."""
    import tensorflow as tf

    shape, out = graph.shape(node.inputs[0]), graph.shape(node.name)
    where = [graph.value(tensor) for tensor in node.inputs[1:4]]
    masks = {
        key: node.attr[f"{key}_mask"].i for key in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    }
    if shape is None or out is None or any(value is None for value in where):
        return None
    begin, end, strides = (list(map(int, value)) for value in where)
    kind = graph.dtypes.get(node.name, tf.float32)
    steps_are_right = all(step == 1 for step in strides) or kind == tf.float32
    plain = not (masks["ellipsis"] or masks["new_axis"] or masks["shrink_axis"]) and steps_are_right
    of_vector = len(shape) == 1 and not masks["new_axis"] and all(step == 1 for step in strides)
    if of_vector or (plain and (len(begin) == len(shape) or all(step == 1 for step in strides))):
        return None
    specs = _specs(len(shape), begin, end, strides, masks)
    steps = [spec[2] for spec in specs]
    tensor = node.inputs[0]
    back = None
    if any(step != 1 for step in steps) and kind != tf.float32:
        back, kind = kind, tf.float32
        tensor = _cast(graph, tensor, f"{node.name}/float", "float32")
    numbers = [
        graph.constant(_integers([spec[i] for spec in specs]), f"{node.name}/{what}")
        for i, what in enumerate(("begin", "end", "strides"))
    ]
    made = graph.add(
        "StridedSlice",
        [tensor, *numbers],
        f"{node.name}/plain",
        T=kind,
        Index=tf.int32,
        begin_mask=sum(1 << i for i, spec in enumerate(specs) if spec[3]),
        end_mask=sum(1 << i for i, spec in enumerate(specs) if spec[4]),
        ellipsis_mask=0,
        new_axis_mask=0,
        shrink_axis_mask=0,
    )
    graph.dtypes[made] = kind
    made = _reshaped(graph, made, node, kind, specs, begin, masks, len(shape))
    if back is None:
        return made
    graph.dtypes[made] = kind
    if back == tf.bool:
        return _not_zero(graph, made, f"{node.name}/bool", "float32")
    return _cast(graph, made, f"{node.name}/{back.name}", back.name)


Spec = tuple[int, int, int, bool, bool]


def _specs(
    rank: int, begin: list[int], end: list[int], strides: list[int], masks: dict[str, int]
) -> list[Spec]:
    """Begin, end, step and whether begin and end are open, for each axis of the input."""
    whole: Spec = (0, 0, 1, True, True)
    given = sum(1 for i in range(len(begin)) if not (masks["new_axis"] | masks["ellipsis"]) >> i & 1)
    specs: list[Spec] = []
    for i, (first, last, step) in enumerate(zip(begin, end, strides, strict=True)):
        if masks["ellipsis"] >> i & 1:
            specs += [whole] * (rank - given)
        elif masks["new_axis"] >> i & 1:
            continue
        elif masks["shrink_axis"] >> i & 1:
            specs.append((first, first + 1, 1, False, first == -1))
        else:
            specs.append((first, last, step, bool(masks["begin"] >> i & 1), bool(masks["end"] >> i & 1)))
    return specs + [whole] * (rank - len(specs))


def _reshaped(
    graph: Graph,
    tensor: str,
    node: Node,
    kind: object,
    specs: list[Spec],
    begin: list[int],
    masks: dict[str, int],
    rank: int,
) -> str:
    """Drop the axes that a slice drops, then add those that it adds."""
    import tensorflow as tf

    dropped, added, axis, position = [], [], 0, 0
    given = sum(1 for i in range(len(begin)) if not (masks["new_axis"] | masks["ellipsis"]) >> i & 1)
    for i in range(len(begin)):
        if masks["ellipsis"] >> i & 1:
            axis, position = axis + rank - given, position + rank - given
        elif masks["new_axis"] >> i & 1:
            added.append(position)
            position += 1
        elif masks["shrink_axis"] >> i & 1:
            dropped.append(axis)
            axis += 1
        else:
            axis, position = axis + 1, position + 1
    if dropped:
        tensor = graph.add("Squeeze", [tensor], f"{node.name}/dropped", T=kind, squeeze_dims=dropped)
    for place in added:
        where = graph.constant(place, f"{node.name}/place", np.int32)
        tensor = graph.add("ExpandDims", [tensor, where], f"{node.name}/added", T=kind, Tdim=tf.int32)
    return tensor


def _space_to_depth(graph: Graph, node: Node) -> str | None:
    import tensorflow as tf

    shape, block = graph.shape(node.inputs[0]), node.attr["block_size"].i
    if shape is None or None in shape[1:] or node.attr["data_format"].s not in (b"NHWC", b""):
        return None
    _, height, width, channels = shape
    kind = graph.dtypes[node.name]
    # [B·h, block, w, block·C]: where the two middle axes change places, each block's numbers lie side by side.
    steps = (
        [-1, block, width // block, block * channels],
        [-1, height // block, width // block, block**2 * channels],
    )
    first, last = (graph.constant(_integers(sizes), f"{node.name}/sizes") for sizes in steps)
    rows = graph.add("Reshape", [node.inputs[0], first], f"{node.name}/in_rows", T=kind, Tshape=tf.int32)
    order = graph.constant(_integers([0, 2, 1, 3]), f"{node.name}/order")
    turned = graph.add("Transpose", [rows, order], f"{node.name}/turned", T=kind, Tperm=tf.int32)
    return graph.add("Reshape", [turned, last], f"{node.name}/in_depth", T=kind, Tshape=tf.int32)


def _max_pool_with_argmax(graph: Graph, node: Node) -> str | None:
    """WASM computes it wrongly; where only the maxima are wanted, MaxPool is the same."""
    if f"{node.name}:1" in graph.users():
        return None
    kept = {key: node.attr[key] for key in ("T", "ksize", "strides", "padding")}
    return graph.add("MaxPool", node.inputs[:1], f"{node.name}/maxima", **kept)


def _select(graph: Graph, node: Node) -> str | None:
    """The old Select takes a vector of conditions for whole rows, the new one does not: TF.js has one for both."""
    condition, shape = graph.shape(node.inputs[0]), graph.shape(node.name)
    if condition is None or shape is None or len(condition) != 1 or len(shape) < 2:
        node.op = "SelectV2"
        return None
    import tensorflow as tf

    for _ in range(len(shape) - 1):
        axis = graph.constant(-1, f"{node.name}/axis", np.int32)
        node.inputs[0] = graph.add(
            "ExpandDims", [node.inputs[0], axis], f"{node.name}/condition", T=tf.bool, Tdim=tf.int32
        )
    node.op = "SelectV2"
    return None


def _xlogy(graph: Graph, node: Node) -> str:
    """x log y, and 0 where x is 0."""
    import tensorflow as tf

    x, y = node.inputs
    zero = graph.constant(0.0, f"{node.name}/zero", np.float32)
    is_zero = graph.add(
        "Equal", [x, zero], f"{node.name}/is_zero", T=tf.float32, incompatible_shape_error=True
    )
    one = graph.constant(1.0, f"{node.name}/one", np.float32)
    safe = graph.add("SelectV2", [is_zero, one, y], f"{node.name}/safe", T=tf.float32)
    return _binary(
        graph, "Mul", x, graph.add("Log", [safe], f"{node.name}/log", T=tf.float32), f"{node.name}/x"
    )


_REWRITES: dict[str, Rewrite] = {
    "Add": _renamed("AddV2"),
    "BatchMatMulV3": _renamed("BatchMatMulV2"),
    "Bucketize": _bucketize,
    "Cast": _to_bool,
    **dict.fromkeys(layout.SPATIAL, layout.channels_last),
    "Conv2D": layout.first(images.grouped),
    "Conv2DBackpropInput": layout.first(images.dilated_transpose),
    "Conv3D": layout.first(images.grouped),
    "Conv3DBackpropInputV2": layout.first(images.transposed_3d),
    "Cumprod": _cumulative,
    "Cumsum": _cumulative,
    "Einsum": contraction.einsum,
    "Erfc": _erfc,
    "MaxPool3D": layout.first(images.max_pool_3d),
    "MaxPoolWithArgmax": _max_pool_with_argmax,
    "Mean": _mean,
    "OneHot": _one_hot,
    "ResizeArea": images.resized,
    "ResizeBicubic": images.resized,
    "ReverseV2": _reverse,
    "Rint": _renamed("Round"),
    "Roll": _roll,
    "ScaleAndTranslate": images.resized,
    "Select": _select,
    "Softsign": _softsign,
    "SpaceToDepth": _space_to_depth,
    "StridedSlice": _strided_slice,
    "Xlogy": _xlogy,
}
