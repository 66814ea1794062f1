"""The original's side of the proof: what a model takes and gives, and its own answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.conversion.proof.jobs import ROWS
from course_utils.conversion.proof.precision import in_float32
from course_utils.conversion.structure import input_structure
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import keras

    from course_utils.conversion.saved_model import SavedModelSource

    Source = keras.Model | SavedModelSource


@dataclass(frozen=True)
class Port:
    """An input: its name, its shape (None where any size goes; the rows first) and its number type."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


def inputs_of(source: Source) -> tuple[Port, ...]:
    """The inputs in the order in which conversions keep them.

    Raises:
        CourseError: the model was never called, or leaves the number of dimensions open.
    """
    import keras

    if isinstance(source, keras.Model):
        leaves = keras.tree.flatten(input_structure(source))
        return tuple(
            Port(getattr(leaf, "name", None) or f"input_{number}", tuple(leaf.shape), str(_dtype(leaf)))
            for number, leaf in enumerate(leaves, 1)
        )
    for port in source.inputs:
        if not port.shape:
            raise CourseError(
                f"{source.path} leaves the shape of its input {port.name} open: fix it in the signature."
            )
    return tuple(Port(port.name, tuple(port.shape or ()), port.dtype) for port in source.inputs)


def output_names(source: Source, count: int) -> tuple[str, ...]:
    """The outputs' names in their order, for `count` outputs."""
    import keras

    if not isinstance(source, keras.Model):
        return tuple(port.name for port in source.outputs)
    # A Sequential model's outputs are those of the functional one inside it.
    owner = getattr(source, "_functional", None) or source
    structure = getattr(owner, "_outputs_struct", None)
    if isinstance(structure, dict):
        # Keras flattens a dict by the alphabet of its keys.
        names = [str(path[-1]) for path, _ in keras.tree.flatten_with_path(structure)]
    else:
        names = list(getattr(owner, "output_names", None) or [])
    if len(names) != count:
        names = ["output"] * count
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        names[index] = name if seen[name] == 1 else f"{name}_{seen[name]}"
    return tuple(names)


def predict(source: Source, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The original's answers, one array an output with one row an input.

    Layers that keep a state from call to call begin and end at their first one. A model that computes in 16 bits
    answers in 32, as its conversions do.

    Raises:
        CourseError: the rows are not as many as the model takes at a time.
    """
    import keras

    ports = inputs_of(source)
    rows = len(inputs[0])
    fixed = next((port.shape[0] for port in ports if port.shape[0]), None)
    if fixed and rows % fixed:
        raise CourseError(f"The model takes {fixed} rows at a time, and {rows} are no multiple of that.")
    size = fixed or ROWS
    fed = [np.asarray(values, port.dtype) for values, port in zip(inputs, ports, strict=True)]
    batches = [[values[first : first + size] for values in fed] for first in range(0, rows, size)]
    if not isinstance(source, keras.Model):
        return _joined([source(batch) for batch in batches])
    model = in_float32(source)
    _reset(model)
    try:
        answers = [_called(model, batch) for batch in batches]
    finally:
        _reset(model)
    return _joined(answers)


def _called(model: keras.Model, batch: Sequence[np.ndarray]) -> list[np.ndarray]:
    import keras
    import tensorflow as tf

    given = [keras.ops.convert_to_tensor(values) for values in batch]
    packed = keras.tree.pack_sequence_as(input_structure(model), given)
    try:
        answers = model(packed, training=False)
    except (tf.errors.UnimplementedError, tf.errors.InvalidArgumentError) as error:
        # TensorFlow's own kernels on the CPU lack some that its compiler has: convolutions with the channels first,
        # transposed ones that are dilated.
        try:
            answers = tf.function(model, jit_compile=True)(packed, training=False)
        except (tf.errors.OpError, ValueError):
            raise error from None
    return [_as_numpy(tensor) for tensor in keras.tree.flatten(answers)]


def _dtype(leaf: Any) -> str:
    dtype = leaf.dtype
    return getattr(dtype, "name", dtype)


def _reset(model: keras.Model) -> None:
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False) and hasattr(layer, "reset_states"):
            layer.reset_states()


def _as_numpy(tensor: Any) -> np.ndarray:
    import keras

    array = keras.ops.convert_to_numpy(tensor)
    # Half precision, bfloat16 among them, is computed with by no runtime here: they answer in float32.
    is_half = array.dtype.itemsize == 2 and array.dtype.kind not in "iub"
    return array.astype(np.float32) if is_half else array


def _joined(batches: list[list[np.ndarray]]) -> list[np.ndarray]:
    return [np.concatenate(parts) for parts in zip(*batches, strict=True)]
