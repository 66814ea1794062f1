"""The finished ONNX model: sizes with names, and nothing in it that ONNX Runtime is known to compute wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from course_utils.conversion.onnx_file.naming import settle

if TYPE_CHECKING:
    import onnx

    from course_utils.conversion.graph.freezing import Frozen

PRODUCER = "course_utils"
# What ONNX Runtime moves out of the way, or sees through, when it looks for a Pad in front of a pool.
_SEEN_THROUGH = {"Transpose", "Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze"}
_POOLS = {"MaxPool", "AveragePool"}


def finished(model: onnx.ModelProto, frozen: Frozen) -> onnx.ModelProto:
    """The same model with the batch called `batch`, guarded pads, and no trace of what made it or when."""
    model.producer_name, model.producer_version = PRODUCER, ""
    model.graph.name, model.graph.doc_string = PRODUCER, ""
    for value, port in zip(model.graph.input, frozen.inputs, strict=True):
        _name_sizes(value, port.shape)
    for value, port in zip(model.graph.output, frozen.outputs, strict=True):
        _name_sizes(value, port.shape)
    for graph in _graphs(model.graph):
        graph.doc_string = ""
        guard_pads(graph)
    settle(model.graph, frozen.layers)
    return model


def _name_sizes(value: onnx.ValueInfoProto, shape: tuple[int | None, ...]) -> None:
    """Sizes that are open get names that say which: tf2onnx numbers them through a whole process."""
    tensor = value.type.tensor_type
    if len(shape) != len(tensor.shape.dim):
        return
    for axis, (size, dimension) in enumerate(zip(shape, tensor.shape.dim, strict=True)):
        if size is not None:
            dimension.dim_value = size
        elif not dimension.HasField("dim_value"):
            dimension.dim_param = "batch" if axis == 0 else f"{value.name}_{axis}"


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """A graph, and those of the loops in it."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _graphs(attribute.g)


def guard_pads(graph: onnx.GraphProto) -> None:
    """Keep ONNX Runtime from folding a Pad of zeros into a pool behind it.

    It takes the zeros for the pool's own padding (its PadFusion, still in 1.31), which counts for nothing: a MaxPool
    then finds the largest of the negative values where zero was larger, as in ResNet50V2; releases before 1.21 also
    took an average over too few. It does so where every bit of the value is zero, which those of -0.0 are not.
    """
    import numpy as np
    from onnx import numpy_helper

    constants = {tensor.name: tensor for tensor in graph.initializer}
    readers: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    for node in graph.node:
        if node.op_type != "Pad" or not _reaches_pool(node, readers):
            continue
        given = node.input[2] if len(node.input) > 2 else ""
        if given and given not in constants:
            continue
        value = numpy_helper.to_array(constants[given]) if given else np.zeros((), np.float32)
        if value.dtype.kind != "f" or value.any():
            continue
        name = f"{node.name}/zero"
        graph.initializer.append(numpy_helper.from_array(-np.zeros_like(value), name))
        del node.input[2:]
        node.input.append(name)


def _reaches_pool(node: Any, readers: dict[str, list[Any]]) -> bool:
    behind = readers.get(node.output[0], [])
    return any(
        reader.op_type in _POOLS or (reader.op_type in _SEEN_THROUGH and _reaches_pool(reader, readers))
        for reader in behind
    )
