"""SavedModels: what their signature takes and gives, and the refusal of those that would act on the machine.

A SavedModel is a program. TensorFlow runs parts of it when it loads it and all of it when it is called, so the
operations it could run are read from the file first: one that writes files, reads them or calls Python is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.errors import CourseError

if TYPE_CHECKING:
    import numpy as np

SIGNATURE = "serving_default"
GRAPH_FILES = ("saved_model.pb", "saved_model.pbtxt")

# Operations that act on nothing outside the model although TensorFlow calls them stateful: variables, control flow,
# random numbers, look-up tables in memory, and lists of tensors.
_HARMLESS = (
    *(
        "VarHandleOp",
        "ReadVariableOp",
        "VarIsInitializedOp",
        "AnonymousSeedGenerator",
        "VariableV2",
        "Variable",
    ),
    *(
        "Assign",
        "DestroyResourceOp",
        "ResourceGather",
        "ResourceGatherNd",
        "ResourceScatter",
        "StridedSliceAssign",
    ),
    *("StatefulPartitionedCall", "If", "While", "Case", "For", "Assert", "Print", "Placeholder", "NoOp"),
    *("Random", "Stateful", "Stateless", "TruncatedNormal", "Multinomial", "ParameterizedTruncatedNormal"),
    *("HashTable", "AnonymousHashTable", "MutableHashTable", "AnonymousMutableHashTable", "InitializeTable"),
    *("LookupTable", "TensorList", "TensorArray", "Stack", "Rng", "NonDeterministicInts", "RaggedTensor"),
    *("FusedBatchNorm", "CudnnRNN", "LogUniformCandidateSampler", "SampleDistortedBoundingBox"),
)
# Operations that TensorFlow does not call stateful and that yet reach outside.
_REACHING_OUT = (
    *(
        "ReadFile",
        "WriteFile",
        "MatchingFiles",
        "PyFunc",
        "EagerPyFunc",
        "ImmutableConst",
        "InitializeTableFromTextFile",
    ),
    *(
        "Save",
        "Restore",
        "MergeV2Checkpoints",
        "LoadAndRemapMatrix",
        "GenerateVocabRemapping",
        "PrintV2",
        "RemoteCall",
    ),
    *(
        "TextLine",
        "TFRecord",
        "FixedLengthRecord",
        "WholeFile",
        "SqlDataset",
        "LMDB",
        "Snapshot",
        "DebugIdentity",
    ),
)


@dataclass(frozen=True)
class Port:
    """An input or output of a signature: its name, its shape (None where any size goes), its number type."""

    name: str
    shape: tuple[int | None, ...] | None
    dtype: str


@dataclass(frozen=True)
class SavedModelSource:
    """A SavedModel that is no Keras model: it can be called, and has no layers.

    `inputs` and `outputs` are those of the signature serving_default, in its own order. Only the formats that take
    a graph can be made from it: tfjs-graph, litert and onnx.
    """

    path: Path
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @cached_property
    def loaded(self) -> Any:
        """What `tf.saved_model.load` returns; it owns the variables that `signature` uses."""
        return _load(self.path)

    @property
    def signature(self) -> Any:
        """The signature serving_default, a `tf.function` with named arguments."""
        return self.loaded.signatures[SIGNATURE]

    def __call__(self, inputs: Iterable[np.ndarray]) -> list[np.ndarray]:
        """The outputs, in the order of `outputs`, for one array an input, in the order of `inputs`."""
        import tensorflow as tf

        named = {
            port.name: tf.constant(array, dtype=port.dtype)
            for port, array in zip(self.inputs, inputs, strict=True)
        }
        found = self.signature(**named)
        return [found[port.name].numpy() for port in self.outputs]


def is_saved_model(path: Path) -> bool:
    """Whether the folder holds a SavedModel's graph."""
    return any((path / name).is_file() for name in GRAPH_FILES)


def read(path: Path, *, trust: bool = False) -> SavedModelSource:
    """Load a SavedModel folder.

    Raises `CourseError` where it is damaged, has no signature serving_default, or, unless `trust`, where it holds
    operations that reach outside the model.
    """
    if not trust:
        _refuse_what_reaches_out(path)
    loaded = _load(path)
    if SIGNATURE not in loaded.signatures:
        others = ", ".join(sorted(loaded.signatures)) or "none"
        raise CourseError(
            f"{path} has no signature {SIGNATURE} (it has: {others}): save it with "
            f"tf.saved_model.save(model, folder, signatures={{{SIGNATURE!r}: …}}), or with Keras' model.export(folder)."
        )
    signature = loaded.signatures[SIGNATURE]
    inputs = tuple(_port(name, spec) for name, spec in signature.structured_input_signature[1].items())
    outputs = tuple(_port(name, spec) for name, spec in signature.structured_outputs.items())
    source = SavedModelSource(path, inputs, outputs)
    source.__dict__["loaded"] = loaded
    return source


def _port(name: str, spec: Any) -> Port:
    shape = None if spec.shape.rank is None else tuple(spec.shape.as_list())
    return Port(name, shape, spec.dtype.name)


def _load(path: Path) -> Any:
    import tensorflow as tf

    try:
        return tf.saved_model.load(str(path))
    # TensorFlow raises whatever the damage happens to meet: its own errors, OSError, KeyError, ValueError …
    except Exception as error:
        raise CourseError(
            f"{path} cannot be loaded as a SavedModel: copy or save it again ({_brief(error)})."
        ) from error


def _brief(error: Exception) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0][:160]}" if text else type(error).__name__


def _refuse_what_reaches_out(path: Path) -> None:
    found = sorted({op for meta in _meta_graphs(path) for op in _operations_run(meta) if _reaches_out(op)})
    if found:
        raise CourseError(
            f"{path} was not loaded, since it holds operations that reach outside the model ({', '.join(found[:4])}): "
            "save it without them, or pass --trust (trust=True) if you know who made it."
        )


def _meta_graphs(path: Path) -> Iterable[Any]:
    from google.protobuf import text_format
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    proto = SavedModel()
    binary, text = (path / name for name in GRAPH_FILES)
    file = binary if binary.is_file() else text
    try:
        if binary.is_file():
            proto.ParseFromString(binary.read_bytes())
        else:
            text_format.Parse(text.read_text(encoding="utf-8"), proto)
    except (DecodeError, text_format.ParseError, UnicodeDecodeError):
        raise CourseError(f"{file} is damaged: copy it again, or save the model again.") from None
    except OSError as error:
        raise CourseError(
            f"{file} cannot be read ({error.strerror}): check it and its permissions."
        ) from None
    if not proto.meta_graphs:
        raise CourseError(f"{file} holds no graph: save the model again.")
    return proto.meta_graphs


def _operations_run(meta: Any) -> set[str]:
    """The operations that run when the SavedModel is loaded or called.

    The functions that save and restore a checkpoint are in every SavedModel's graph and are called by neither, so
    what is not reached from a signature, from an object or from an initialiser is left out.
    """
    functions = {function.signature.name: function.node_def for function in meta.graph_def.library.function}
    nodes = {node.name: node for node in meta.graph_def.node}
    waiting = list(_nodes_for_signatures(meta, nodes))
    reached = {*meta.object_graph_def.concrete_functions}
    for entry in meta.object_graph_def.nodes:
        for saveable in entry.saveable_objects.values():
            reached |= {name for name in functions if name.endswith(f"_{saveable.save_function}")}
    operations: set[str] = set()
    visited: set[str] = set()
    for name in reached:
        waiting.extend(functions.get(name, ()))
    while waiting:
        node = waiting.pop()
        operations.add(node.op)
        for name in _functions_named(node):
            if name in functions and name not in visited:
                visited.add(name)
                waiting.extend(functions[name])
    return operations - set(functions)


def _nodes_for_signatures(meta: Any, nodes: dict[str, Any]) -> Iterator[Any]:
    """The nodes of the main graph that a signature's outputs, or the initialisation on loading, depend on."""
    ends = [tensor.name for signature in meta.signature_def.values() for tensor in signature.outputs.values()]
    for collection in ("saved_model_main_op", "legacy_init_op"):
        ends += (
            list(meta.collection_def[collection].node_list.value) if collection in meta.collection_def else []
        )
    visited: set[str] = set()
    while ends:
        name = ends.pop().lstrip("^").split(":")[0]
        if name in nodes and name not in visited:
            visited.add(name)
            yield nodes[name]
            ends.extend(nodes[name].input)


def _functions_named(node: Any) -> Iterator[str]:
    yield node.op
    for value in node.attr.values():
        if value.HasField("func"):
            yield value.func.name
        yield from (function.name for function in value.list.func)


def _reaches_out(op: str) -> bool:
    from tensorflow.python.framework import op_def_registry

    if op.startswith(_REACHING_OUT):
        return not op.startswith(("SaveableObject", "RestoredResource"))
    definition = op_def_registry.get(op)
    return definition is not None and definition.is_stateful and not op.startswith(_HARMLESS)
