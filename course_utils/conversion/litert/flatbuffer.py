"""The finished .tflite: a signature with the model's own names, and the same bytes for the same model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from course_utils.conversion.graph.freezing import Frozen, layer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

SIGNATURE = "serving_default"
# The converter starts each buffer at a multiple of this, and so must whoever writes the file again: runtimes read
# weights in place.
ALIGNMENT = 16


def finished(content: bytes, frozen: Frozen) -> bytes:
    """The converter's result with names: a signature for programs, layers' names for those who look into it.

    Args:
        content: a .tflite whose first subgraph has the inputs and outputs of `frozen`, in order.
        frozen: what it was made from.

    Raises:
        CourseError: an operation in it is not LiteRT's own.
    """
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    _check_operations(model)
    main = model.subgraphs[0]
    model.signatureDefs = [_signature(schema, main, frozen)]
    _name_tensors(model.subgraphs, frozen)
    builder = flatbuffers.Builder(len(content) + 65_536)
    for buffer in model.buffers:
        buffer.__class__ = _aligned(schema)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _check_operations(model: Any) -> None:
    from course_utils.conversion.litert import lacking

    for code in model.operatorCodes:
        if code.customCode:
            raise lacking(code.customCode.decode().removeprefix("Flex"), None)


def _aligned(schema: Any) -> type:
    class Buffer(schema.BufferT):
        def Pack(self, builder: Any) -> int:  # noqa: N802  # the generated code calls it so
            if self.data is not None:
                builder.Prep(ALIGNMENT, len(self.data))
            return super().Pack(builder)

    return Buffer


def _signature(schema: Any, main: Any, frozen: Frozen) -> Any:
    signature = schema.SignatureDefT()
    signature.signatureKey = SIGNATURE
    signature.subgraphIndex = 0
    signature.inputs = [
        _tensor_map(schema, port.name, index) for port, index in zip(frozen.inputs, main.inputs, strict=True)
    ]
    signature.outputs = [
        _tensor_map(schema, port.name, index)
        for port, index in zip(frozen.outputs, main.outputs, strict=True)
    ]
    return signature


def _tensor_map(schema: Any, name: str, index: int) -> Any:
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = name, int(index)
    return entry


def _name_tensors(subgraphs: Sequence[Any], frozen: Frozen) -> None:
    """Names by layer. The converter's own contain how many models this process has traced before."""
    main = subgraphs[0]
    for number, subgraph in enumerate(subgraphs):
        subgraph.name = "main" if number == 0 else f"loop_{number}"
        given: dict[int, str] = {}
        if number == 0:
            # One tensor may be several outputs, or an input that is handed on: the first name holds.
            for index, port in zip(
                [*main.inputs, *main.outputs], [*frozen.inputs, *frozen.outputs], strict=True
            ):
                given.setdefault(int(index), port.name)
        names = _apart(set(given.values()))
        for index, tensor in enumerate(subgraph.tensors):
            old = (tensor.name or b"").decode(errors="replace")
            tensor.name = given.get(index) or names(_short(old, frozen.layers))


def _short(name: str, layers: Sequence[str]) -> str:
    """`functional_1/dense_1/MatMul;functional_1/dense_1/BiasAdd` → `dense/MatMul`."""
    first = name.split(";")[0]
    layer = layer_of(first, layers)
    operation = first.rsplit("/", 1)[-1]
    return f"{layer}/{operation}" if layer and layer != operation else operation or "tensor"


def _apart(taken: set[str]) -> Any:
    def unique(name: str) -> str:
        candidates: Iterator[str] = (name if i == 0 else f"{name}_{i}" for i in range(len(taken) + 1))
        new = next(candidate for candidate in candidates if candidate not in taken)
        taken.add(new)
        return new

    return unique
