"""Convolutions and resizings that TF.js lacks, made of those that it has."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.conversion.graph.nodes import Graph, Node, attribute, python_value


def _sizes(graph: Graph, values: Any, name: str) -> str:
    return graph.constant(np.asarray(values, np.int32), name)


def _reshape(graph: Graph, tensor: str, sizes: Any, name: str) -> str:
    import tensorflow as tf

    return graph.add(
        "Reshape", [tensor, _sizes(graph, sizes, f"{name}/sizes")], name, T=tf.float32, Tshape=tf.int32
    )


def grouped(graph: Graph, node: Node) -> str | None:
    """A convolution in groups: one that is depthwise in truth as such, others as one convolution a group."""
    import tensorflow as tf

    filters, shape = graph.value(node.inputs[1]), graph.shape(node.inputs[0])
    if filters is None or shape is None or shape[-1] is None or filters.shape[-2] >= shape[-1]:
        return None
    groups = shape[-1] // filters.shape[-2]
    if node.op == "Conv2D" and filters.shape[-2] == 1:
        strides = list(node.attr["strides"].list.i)
        if strides[1] == strides[2]:
            depthwise = filters.reshape(*filters.shape[:2], groups, -1)
            weights = graph.constant(depthwise, f"{node.name}/depthwise_filters")
            kept = {key: node.attr[key] for key in _DEPTHWISE if key in node.attr}
            return graph.add(
                "DepthwiseConv2dNative", [node.inputs[0], weights], f"{node.name}/depthwise", **kept
            )
    axis = graph.constant(len(shape) - 1, f"{node.name}/axis", np.int32)
    split = graph.add("Split", [axis, node.inputs[0]], f"{node.name}/split", T=tf.float32, num_split=groups)
    parts = []
    for index, part in enumerate(np.split(filters, groups, axis=-1)):
        weights = graph.constant(part, f"{node.name}/filters_{index}")
        source = f"{split}:{index}" if index else split
        parts.append(graph.add(node.op, [source, weights], f"{node.name}/group_{index}", **node.attr))
    return graph.add("ConcatV2", [*parts, axis], f"{node.name}/groups", T=tf.float32, N=groups, Tidx=tf.int32)


_DEPTHWISE = ("T", "strides", "padding", "explicit_paddings", "data_format", "dilations")


def dilated_transpose(graph: Graph, node: Node) -> str | None:
    """TF.js ignores a transposed convolution's dilation: the kernel gets its gaps here."""
    dilations = list(node.attr["dilations"].list.i) or [1, 1, 1, 1]
    filters = graph.value(node.inputs[1])
    if dilations[1:3] == [1, 1] or filters is None:
        return None
    height, width = ((size - 1) * by + 1 for size, by in zip(filters.shape[:2], dilations[1:3], strict=True))
    wide = np.zeros((height, width, *filters.shape[2:]), filters.dtype)
    wide[:: dilations[1], :: dilations[2]] = filters
    node.inputs[1] = graph.constant(wide, f"{node.name}/dilated")
    node.attr["dilations"] = attribute([1, 1, 1, 1])
    return None


def transposed_3d(graph: Graph, node: Node) -> str | None:
    """A transposed convolution in three dimensions: gaps between the inputs, then a convolution."""
    import tensorflow as tf

    filters = graph.value(node.inputs[1])
    given, shape = graph.shape(node.inputs[2]), graph.shape(node.name)
    if filters is None or given is None or shape is None or None in (*given[1:], *shape[1:]):
        return None
    strides = list(node.attr["strides"].list.i)[1:4]
    dilations = list(node.attr["dilations"].list.i)[1:4] or [1, 1, 1]
    tensor, sizes = node.inputs[2], list(given[1:])
    for axis in range(3):
        size, step, out = sizes[axis], strides[axis], shape[1 + axis]
        kernel = (filters.shape[axis] - 1) * dilations[axis] + 1
        before = kernel - 1
        if node.attr["padding"].s == b"SAME":
            before -= max((size - 1) * step + kernel - out, 0) // 2
        # After the gaps there are step - 1 zeros behind the last number.
        after = out + kernel - 1 - before - size * step
        tensor = _spread(graph, tensor, sizes, axis, step, f"{node.name}/axis_{axis}")
        sizes[axis] = size * step
        tensor = _extend(graph, tensor, sizes, axis, (before, after), f"{node.name}/axis_{axis}")
        sizes[axis] += before + after
    flipped = graph.constant(
        np.ascontiguousarray(filters[::-1, ::-1, ::-1].swapaxes(3, 4)), f"{node.name}/flipped"
    )
    tensor = _reshape(graph, tensor, [-1, *sizes], f"{node.name}/volume")
    return graph.add(
        "Conv3D",
        [tensor, flipped],
        f"{node.name}/convolution",
        T=tf.float32,
        strides=[1] * 5,
        padding="VALID",
        data_format="NDHWC",
        dilations=[1, *dilations, 1],
    )


def _inner(sizes: list[int], axis: int) -> tuple[int, int]:
    """How many numbers lie before an axis, in one example, and behind it."""
    return int(np.prod(sizes[:axis], dtype=np.int64)), int(np.prod(sizes[axis + 1 :], dtype=np.int64))


def _spread(graph: Graph, tensor: str, sizes: list[int], axis: int, step: int, name: str) -> str:
    """step - 1 zeros behind each number along an axis."""
    import tensorflow as tf

    if step == 1:
        return tensor
    _, inner = _inner(sizes, axis)
    column = _reshape(graph, tensor, [-1, 1, inner], f"{name}/column")
    pads = _sizes(graph, [[0, 0], [0, step - 1], [0, 0]], f"{name}/gaps")
    return graph.add("Pad", [column, pads], f"{name}/spread", T=tf.float32, Tpaddings=tf.int32)


def _extend(graph: Graph, tensor: str, sizes: list[int], axis: int, by: tuple[int, int], name: str) -> str:
    """Zeros before and behind along an axis; fewer numbers where it is negative."""
    import tensorflow as tf

    if by == (0, 0):
        return tensor
    outer, inner = _inner(sizes, axis)
    table = _reshape(graph, tensor, [-1, sizes[axis], inner], f"{name}/table")
    del outer
    more = [max(number, 0) for number in by]
    if any(more):
        pads = _sizes(graph, [[0, 0], more, [0, 0]], f"{name}/edges")
        table = graph.add("Pad", [table, pads], f"{name}/padded", T=tf.float32, Tpaddings=tf.int32)
    if min(by) >= 0:
        return table
    begin = _sizes(graph, [0, max(-by[0], 0), 0], f"{name}/begin")
    size = _sizes(graph, [-1, sizes[axis] + sum(by), -1], f"{name}/size")
    return graph.add("Slice", [table, begin, size], f"{name}/cut", T=tf.float32, Index=tf.int32)


def max_pool_3d(graph: Graph, node: Node) -> str | None:
    """The largest of rows and columns, then of what lies behind them: WASM's MaxPool3D takes the wrong ones."""
    import tensorflow as tf

    given, shape = graph.shape(node.inputs[0]), graph.shape(node.name)
    if given is None or shape is None or None in (*given[1:], *shape[1:]):
        return None
    _, depth, height, width, channels = given
    _, new_depth, new_height, new_width, _ = shape
    size, strides = (list(node.attr[key].list.i) for key in ("ksize", "strides"))
    kept = {"T": tf.float32, "padding": node.attr["padding"], "data_format": "NHWC"}
    planes = _reshape(graph, node.inputs[0], [-1, height, width, channels], f"{node.name}/planes")
    across = graph.add(
        "MaxPool",
        [planes],
        f"{node.name}/across",
        ksize=[1, size[2], size[3], 1],
        strides=[1, strides[2], strides[3], 1],
        **kept,
    )
    columns = _reshape(graph, across, [-1, depth, new_height * new_width, channels], f"{node.name}/columns")
    behind = graph.add(
        "MaxPool",
        [columns],
        f"{node.name}/behind",
        ksize=[1, size[1], 1, 1],
        strides=[1, strides[1], 1, 1],
        **kept,
    )
    return _reshape(graph, behind, [-1, new_depth, new_height, new_width, channels], f"{node.name}/pooled")


def resized(graph: Graph, node: Node) -> str | None:
    """A resizing that treats rows and columns alike, whatever its filter: a matrix for each of the two."""
    shape, out = graph.shape(node.inputs[0]), graph.shape(node.name)
    parameters = [graph.value(tensor) for tensor in node.inputs[1:]]
    if shape is None or out is None or None in (*shape[1:], *out[1:]) or any(p is None for p in parameters):
        return None
    _, height, width, channels = shape
    _, new_height, new_width, _ = out
    rows = _resizing_matrix(node, parameters, height, new_height, 0)
    columns = _resizing_matrix(node, parameters, width, new_width, 1)
    name = node.name
    tensor = node.inputs[0]
    if graph.dtypes[tensor].name != "float32":
        import tensorflow as tf

        tensor = graph.add(
            "Cast", [tensor], f"{name}/float", SrcT=graph.dtypes[tensor], DstT=tf.float32, Truncate=False
        )
    # Each product is along the last axis: [B, W, C, H] · rows, then [B, H', C, W] · columns.
    by_rows = _transpose(graph, tensor, [0, 2, 3, 1], f"{name}/by_rows")
    flat = _reshape(graph, by_rows, [-1, height], f"{name}/flat_rows")
    done = _reshape(
        graph,
        _times(graph, flat, rows, f"{name}/rows"),
        [-1, width, channels, new_height],
        f"{name}/new_rows",
    )
    by_columns = _transpose(graph, done, [0, 3, 2, 1], f"{name}/by_columns")
    flat = _reshape(graph, by_columns, [-1, width], f"{name}/flat_columns")
    done = _reshape(
        graph,
        _times(graph, flat, columns, f"{name}/columns"),
        [-1, new_height, channels, new_width],
        f"{name}/new_columns",
    )
    return _transpose(graph, done, [0, 1, 3, 2], f"{name}/resized")


def _transpose(graph: Graph, tensor: str, order: list[int], name: str) -> str:
    import tensorflow as tf

    perm = _sizes(graph, order, f"{name}/perm")
    return graph.add("Transpose", [tensor, perm], name, T=tf.float32, Tperm=tf.int32)


def _times(graph: Graph, tensor: str, matrix: np.ndarray, name: str) -> str:
    import tensorflow as tf

    weights = graph.constant(matrix, f"{name}/matrix")
    return graph.add("MatMul", [tensor, weights], name, T=tf.float32, transpose_a=False, transpose_b=False)


def _resizing_matrix(node: Node, parameters: list[np.ndarray], old: int, new: int, axis: int) -> np.ndarray:
    """What the operation does to each of `old` unit vectors along one axis: [old, new]."""
    import tensorflow as tf

    units = np.eye(old, dtype=np.float32)
    images = units.reshape((1, old, 1, old) if axis == 0 else (1, 1, old, old))
    size = np.ones(2, np.int32)
    size[axis] = new
    if node.op == "ScaleAndTranslate":
        scale, translation = (parameters[i].astype(np.float32).copy() for i in (1, 2))
        scale[1 - axis], translation[1 - axis] = 1, 0
        result = tf.raw_ops.ScaleAndTranslate(
            images=images,
            size=size,
            scale=scale,
            translation=translation,
            kernel_type=python_value(node.attr["kernel_type"]).decode(),
            antialias=node.attr["antialias"].b,
        )
    elif node.op == "ResizeBicubic":
        result = tf.raw_ops.ResizeBicubic(
            images=images,
            size=size,
            align_corners=node.attr["align_corners"].b,
            half_pixel_centers=node.attr["half_pixel_centers"].b,
        )
    else:
        result = tf.raw_ops.ResizeArea(images=images, size=size, align_corners=node.attr["align_corners"].b)
    return result.numpy().reshape(new, old).T.astype(np.float64)
