"""LiteRT (TensorFlow Lite): one .tflite file that runs on phones and small computers, without the Flex delegate.

Keras' own `model.export(format="litert")` goes by way of a SavedModel and lets TensorFlow's own operations in.
Measured, that is wrong in two ways: an LSTM or GRU comes out with TensorList operations that `ai_edge_litert` does not
have, and several inputs stand in the alphabet's order instead of the model's. The converter underneath,
`tf.lite.TFLiteConverter.from_concrete_functions`, is given the frozen graph instead, whose loops hold plain tensors.

What each quantisation does to the file; inputs and outputs keep their own types in all of them, so that a program
need not change with it:

| none      | float32 |
| float16   | weights as float16, read as float32 when the model is loaded: half the size |
| dynamic   | large weights as int8, activations measured as they come: a quarter of the size |
| full-int8 | weights and activations as int8, by the ranges that real inputs give: for accelerators without floats |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.conversion.formats import LITERT, MAIN_FILE, Written, check_format
from course_utils.errors import CourseError, UsageError

if TYPE_CHECKING:
    import keras
    import numpy as np

    from course_utils.conversion.graph.freezing import Frozen
    from course_utils.conversion.saved_model import SavedModelSource

# Examples that full-int8 runs to learn the ranges: more changes them by less than a step.
_EXAMPLES = 200


def write(
    model: keras.Model | SavedModelSource,
    folder: Path,
    quantize: str = "none",
    representative: Sequence[np.ndarray] | None = None,
) -> Written:
    """Write model.tflite.

    Args:
        model: a built model, or a SavedModel.
        folder: exists, and receives the file.
        quantize: one of none, float16, dynamic, full-int8.
        representative: for full-int8: one array an input, in the model's order, with the same number of rows.

    Raises:
        UsageError: full-int8 without representative data.
        CourseError: LiteRT lacks an operation that the model needs; the layer is named.
    """
    check_format(LITERT, quantize)
    if quantize == "full-int8" and not representative:
        raise UsageError(
            "full-int8 measures the range of every layer on real inputs: pass some hundred with --data FILE.npz."
        )
    from course_utils.conversion.graph.freezing import freeze
    from course_utils.conversion.litert.flatbuffer import finished
    from course_utils.conversion.quiet import captured
    from course_utils.conversion.tensor_lists import by_slice, without_tensor_lists

    with captured():
        # Recurrent layers stay loops, which LiteRT runs as they are once no list is in them: measured on 20 to 128
        # steps, writing the steps out makes files 3 to 12 times as large, takes 10 to 40 times as long to convert,
        # and predicts no faster as a rule.
        frozen = without_tensor_lists(freeze(model, unroll=0), by_slice)
        content = _converted(frozen, quantize, representative)
        content = finished(content, frozen)
        _check_runs(content, frozen)
    path = folder / MAIN_FILE[LITERT]
    path.write_bytes(content)
    return Written((path,), frozen.recurrence.notes())


def _converted(frozen: Frozen, quantize: str, representative: Sequence[np.ndarray] | None) -> bytes:
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen.function])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if quantize != "none":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if quantize == "full-int8":
        assert representative is not None
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.representative_dataset = lambda: _examples(representative)
    try:
        return converter.convert()
    # The converter raises types of its own, of several modules, without a base that others lack.
    except Exception as error:
        raise _refusal(frozen, str(error), quantize) from error


def _examples(inputs: Sequence[np.ndarray]) -> Iterator[list[np.ndarray]]:
    """Single rows, spread evenly over the data: it may be sorted by class."""
    import numpy as np

    rows = len(inputs[0])
    for row in np.linspace(0, rows - 1, min(rows, _EXAMPLES)).astype(int):
        yield [np.ascontiguousarray(values[row : row + 1]) for values in inputs]


def _refusal(frozen: Frozen, said: str, quantize: str) -> CourseError:
    """What the converter complains of, as one sentence that names the operation and the layer."""
    import re

    from course_utils.conversion.graph.freezing import layer_of

    found = re.search(r"(?:TF Select|Custom) ops: *([A-Za-z0-9_]+)", said) or re.search(
        r"'tf\.([A-Za-z0-9_]+)' op", said
    )
    if not found:
        line = next((line.strip() for line in said.splitlines() if line.strip()), "no reason given")
        cure = "take --quantize dynamic instead" if quantize == "full-int8" else "take another format"
        return CourseError(f"LiteRT's converter failed on this model ({line[:200].rstrip('.')}): {cure}.")
    operation = found.group(1)
    first = next((node for node in every_node(frozen) if node.attr["data_format"].s.startswith(b"NC")), None)
    if first is not None:
        return CourseError(
            f"Layer {layer_of(first.name, frozen.layers) or first.name} has its channels first, which LiteRT does not: "
            "build the model with data_format='channels_last', or try --to onnx."
        )
    places = [node.name for node in every_node(frozen) if node.op == operation]
    # The converter makes operations of its own, and says where it stood.
    places += re.findall(r'"(?:[A-Za-z0-9]+:)?([^"@\s]+/[^"@\s]+)', said)
    layers = (layer_of(place, frozen.layers) for place in places)
    layer = next((layer for layer in layers if layer), None)
    if other_float := re.search(r"Details:.*?tensor<[^>]*f(16|64)>", said, re.DOTALL):
        return CourseError(
            f"{f'Layer {layer}' if layer else 'The model'} computes in float{other_float[1]}, which LiteRT does not: "
            "build the model with the dtype float32, or try --to onnx."
        )
    return lacking(operation, layer)


def every_node(frozen: Frozen) -> Iterator[Any]:
    """The nodes of the graph and of its functions."""
    yield from frozen.graph_def.node
    for function in frozen.graph_def.library.function:
        yield from function.node_def


def lacking(operation: str, layer: str | None) -> CourseError:
    """The refusal of a model that needs an operation which plain LiteRT does not have."""
    who = f"Layer {layer}" if layer else "The model"
    return CourseError(
        f"{who} needs the operation {operation}, which LiteRT has only with TensorFlow's Flex delegate: "
        "use another layer in its place, or try --to onnx."
    )


def _check_runs(content: bytes, frozen: Frozen) -> None:
    """Raise where the plain runtime cannot prepare the model, before anybody is handed it."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    try:
        # Without the delegate that would pack all weights a second time.
        Interpreter(
            model_content=content,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        ).allocate_tensors()
    except (RuntimeError, ValueError) as error:
        raise _refusal(frozen, str(error), "none") from error
