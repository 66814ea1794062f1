"""ONNX models with smaller weights.

ONNX' own tools serve for Dense layers alone. Measured: onnxconverter-common's float16 makes invalid models of loops and
of embeddings, and ONNX Runtime's dynamic quantisation gives a whole convolution one scale, which costs MobileNetV2
every fourth answer, and leaves loops as they are. What they cannot do is stored small here and read as float32, as
LiteRT and TensorFlow.js do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import onnx

# Numbers that are worth a node of their own to read them; LiteRT draws the same line.
_FEWEST = 1024
# Which axis of a kernel counts the channels that go out, each of which gets a scale: Conv has it first, a transposed
# one second, a product last.
_CHANNELS = {"Conv": 0, "ConvTranspose": 1, "MatMul": -1, "Gemm": -1}


def quantized(model: onnx.ModelProto, quantize: str) -> onnx.ModelProto:
    """The model with its weights stored as `quantize` says: none, float16 or dynamic."""
    if quantize == "float16":
        _store(model, _as_float16)
    elif quantize == "dynamic":
        model = _products_in_integers(model)
        _store(model, _as_int8)
    return model


def _products_in_integers(model: onnx.ModelProto) -> onnx.ModelProto:
    """Dense layers compute in 8-bit integers, with the range of what comes in measured each time.

    Unsigned on both sides: with signed weights, processors without VNNI add up past what 16 bits hold.
    """
    import tempfile
    from pathlib import Path

    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        quantize_dynamic(
            model,
            path,
            op_types_to_quantize=["MatMul", "Gather"],
            per_channel=True,
            weight_type=QuantType.QUInt8,
        )
        return onnx.load(path)


def _store(model: onnx.ModelProto, smaller: Any) -> None:
    """Replace each large float32 weight by what `smaller` makes of it, and nodes that turn it back."""
    from onnx import TensorProto, numpy_helper

    graph = model.graph
    readers = _readers(graph)
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or not tensor.dims:
            continue
        values = numpy_helper.to_array(tensor)
        stored = values.size >= _FEWEST and smaller(tensor.name, values, readers.get(tensor.name, []))
        if stored:
            tensors, node = stored
            graph.initializer.remove(tensor)
            graph.initializer.extend(tensors)
            graph.node.insert(0, node)


def _readers(graph: onnx.GraphProto) -> dict[str, list[tuple[str, int]]]:
    """For each tensor, the operations that read it, in loops too, and as which of their inputs."""
    found: dict[str, list[tuple[str, int]]] = {}
    for node in _nodes(graph):
        for at, name in enumerate(node.input):
            found.setdefault(name, []).append((node.op_type, at))
    return found


def _nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _nodes(attribute.g)


def _as_float16(name: str, values: np.ndarray, readers: list[tuple[str, int]]) -> Any:
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    if np.abs(values).max() > np.finfo(np.float16).max:
        return None
    small = numpy_helper.from_array(values.astype(np.float16), f"{name}/float16")
    return [small], helper.make_node("Cast", [small.name], [name], f"{name}/Cast", to=TensorProto.FLOAT)


def _as_int8(name: str, values: np.ndarray, readers: list[tuple[str, int]]) -> Any:
    import numpy as np
    from onnx import helper, numpy_helper

    # A loop hands the matrices on that its body multiplies with.
    axes = {-1 if op == "Loop" else _CHANNELS.get(op) if at == 1 else None for op, at in readers}
    axis = axes.pop() if len(axes) == 1 else None
    if axis is None:
        return None
    axis %= values.ndim
    others = tuple(other for other in range(values.ndim) if other != axis)
    scale = np.abs(values).max(axis=others) / 127
    scale[scale == 0] = 1
    shape = [-1 if other == axis else 1 for other in range(values.ndim)]
    rounded = np.round(values / scale.reshape(shape)).astype(np.int8)
    tensors = [
        numpy_helper.from_array(rounded, f"{name}/int8"),
        numpy_helper.from_array(scale.astype(np.float32), f"{name}/scale"),
    ]
    names = [tensor.name for tensor in tensors]
    return tensors, helper.make_node("DequantizeLinear", names, [name], f"{name}/DequantizeLinear", axis=axis)
