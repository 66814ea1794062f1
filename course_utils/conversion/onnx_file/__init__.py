"""ONNX: one .onnx file for ONNX Runtime and whatever else reads the format.

Keras' own `model.export(format="onnx")` is not used, for it was measured wrong. EfficientNet comes out with two more
inputs than it has: constants that Keras' Normalization holds as tensors, not as variables, which the export takes for
arguments. ResNet50V2 computes something else: ONNX Runtime folds a Pad into the MaxPool behind it, although the one
pads with zeros and the other with nothing, and so loses the zeros wherever a window has only negative values
(`finishing.guard_pads` keeps it from that). Inputs and outputs bear generated names, and NASNet takes minutes.
The library underneath, tf2onnx, is given the frozen graph instead.

What each quantisation does to the file; inputs and outputs are float32 in all of them:

| none    | float32 |
| float16 | weights and arithmetic in float16: half the size, and for graphics cards |
| dynamic | weights of Dense, recurrent and convolutional layers as 8-bit integers: a quarter of the size |
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.conversion.formats import MAIN_FILE, ONNX, Written, check_format
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import keras
    import onnx

    from course_utils.conversion.graph.freezing import Frozen
    from course_utils.conversion.saved_model import SavedModelSource

# The set of operations that tf2onnx itself prefers and tests most. ONNX Runtime has read it since 1.10 (2021), its
# web build, OpenVINO and TensorRT since 2022; later sets add nothing that a Keras model needs.
OPSET = 15
# A file of protocol buffers cannot be larger.
_LARGEST = 2**31 - 1


def write(model: keras.Model | SavedModelSource, folder: Path, quantize: str = "none") -> Written:
    """Write model.onnx.

    Args:
        model: a built model, or a SavedModel.
        folder: exists, and receives the file.
        quantize: one of none, float16, dynamic.

    Raises:
        CourseError: ONNX has no counterpart of an operation; the layer is named.
    """
    check_format(ONNX, quantize)
    from course_utils.conversion.graph.freezing import freeze
    from course_utils.conversion.onnx_file.quantization import quantized
    from course_utils.conversion.quiet import captured
    from course_utils.conversion.tensor_lists import by_scatter, without_tensor_lists

    with captured():
        frozen = without_tensor_lists(freeze(model, unroll=0), by_scatter)
        proto = _converted(frozen)
        proto = quantized(proto, quantize)
        _check(proto, frozen)
        content = proto.SerializeToString(deterministic=True)
    path = folder / MAIN_FILE[ONNX]
    path.write_bytes(content)
    return Written((path,), frozen.recurrence.notes())


def _converted(frozen: Frozen) -> onnx.ModelProto:
    import tensorflow as tf
    from tf2onnx import optimizer, tfonnx, utils

    from course_utils.conversion.onnx_file.finishing import finished
    from course_utils.conversion.onnx_file.lowering import repair, without_missing
    from course_utils.conversion.onnx_file.optimizing import optimizers

    # tf2onnx numbers its names through the whole process, and sorts by name: the same model shall be the same bytes.
    utils.INTERNAL_NAME = 1
    ports = [*frozen.inputs, *frozen.outputs]
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(without_missing(frozen), name="")
        try:
            made = tfonnx.process_tf_graph(
                graph,
                opset=OPSET,
                input_names=[port.tensor for port in frozen.inputs],
                output_names=[port.tensor for port in frozen.outputs],
                tensors_to_rename=dict(zip([port.tensor for port in ports], _names(frozen), strict=True)),
            )
        # Its handlers fail with whatever comes up where they meet something that they do not know.
        except Exception as error:
            raise _refusal(frozen, str(error)) from error
        repair(made, frozen.layers)
        # Not to catch errors also means not to copy the whole model before each step, which takes gigabytes.
        made = optimizer.optimize_graph(made, catch_errors=False, optimizers=optimizers())
        return finished(made.make_model("course_utils"), frozen)


def _names(frozen: Frozen) -> list[str]:
    """One name each for the inputs and the outputs: no two may share one in a graph."""
    names: list[str] = []
    for port in (*frozen.inputs, *frozen.outputs):
        name, number = port.name, 1
        while name in names:
            number += 1
            name = f"{port.name}_{number}"
        names.append(name)
    return names


def _refusal(frozen: Frozen, said: str) -> CourseError:
    """What is wrong as one sentence, which names the layer and the operation where they can be told."""
    from course_utils.conversion.graph.freezing import layer_of

    text = " ".join(said.split())
    places = re.findall(r"(?:Name: |name: |op \[|node \')([^\s:,)\]\']+)", text)
    layers = (layer_of(place, frozen.layers) for place in places)
    layer = next((layer for layer in layers if layer), None)
    who = f"Layer {layer}" if layer else "The model"
    if lacking := re.search(r"(?:No Op registered for |OpType: )(\w+)", text):
        what = f"needs the operation {lacking[1]}, which ONNX does not have"
    else:
        what = f"does not become valid ONNX ({text[:200].rstrip('.')})"
    return CourseError(f"{who} {what}: use another layer in its place, or try --to litert.")


def _check(proto: onnx.ModelProto, frozen: Frozen) -> None:
    """Raise where the file would not be valid ONNX, or ONNX Runtime could not load it."""
    import onnx
    import onnxruntime

    if proto.ByteSize() > _LARGEST:
        raise CourseError(
            f"The model holds {proto.ByteSize() / 1e9:.1f} GB, and an .onnx file 2 GB at most: "
            "take --quantize float16 or dynamic."
        )
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    try:
        onnx.checker.check_model(proto, full_check=True)
        onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    # ONNX Runtime's errors have no base of their own.
    except Exception as error:
        raise _refusal(frozen, str(error)) from error
