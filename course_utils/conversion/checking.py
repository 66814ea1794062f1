"""What is looked at beside the outputs: that a model has weights worth converting, and how its weights were rounded."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.conversion.formats import KERAS, TFJS_LAYERS
from course_utils.conversion.saved_model import SavedModelSource
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import keras
    import numpy as np

# Relative rounding of a float16, its smallest step, and what float32 arithmetic adds when TF.js dequantises.
_HALF = 2.0**-11
_SMALLEST_HALF = 2.0**-25
_SLACK = 1e-6
# Bytes of all made-up inputs together.
_LARGEST_INPUTS = 2 * 2**30


def check(model: keras.Model | SavedModelSource, name: str, to: str) -> None:
    """Raise `CourseError` where a model is not fit to be converted.

    That is one that was never built, one whose weights hold NaN or infinity, and a SavedModel without layers for a
    format that consists of layers.
    """
    if isinstance(model, SavedModelSource):
        if to in (TFJS_LAYERS, KERAS):
            raise CourseError(
                f"{name} is a SavedModel, which has no layers to write as {to}: take --to tfjs-graph, litert or onnx, "
                "or convert the .keras file that it was made from."
            )
    elif not model.built:
        raise CourseError(
            f"{name} has never been built, so it has no weights: call the model once on a batch of data, or give it an "
            "Input layer, and save it again."
        )
    for variable, values in _variables(model):
        wrong = _not_finite(values)
        if wrong:
            raise CourseError(
                f"{name} holds {wrong} in its weight {variable}: train it again with a smaller learning rate, or take "
                "an earlier checkpoint."
            )


def check_inputs(model: keras.Model | SavedModelSource, name: str, rows: int) -> None:
    """Raise `CourseError` where `rows` made-up inputs would take more memory than a comparison is worth."""
    from course_utils.conversion.proof.source import inputs_of

    for port in inputs_of(model) if rows else ():
        size = 4 * max(rows, port.shape[0] or 1) * math.prod(length or 1 for length in port.shape[1:])
        if size > _LARGEST_INPUTS:
            raise CourseError(
                f"{name} takes {size / rows / 1e9:.1f} GB for one input {port.name}, which is too much to make up: "
                "give a smaller input shape, or take --verify 0."
            )


def _variables(model: keras.Model | SavedModelSource) -> Iterator[tuple[str, np.ndarray]]:
    import keras

    if isinstance(model, SavedModelSource):
        for variable in model.signature.variables:
            yield variable.name.split(":")[0], variable.numpy()
    else:
        for variable in model.weights:
            yield variable.path, keras.ops.convert_to_numpy(variable)


def _not_finite(values: np.ndarray) -> str | None:
    import numpy as np

    if not np.issubdtype(values.dtype, np.floating) and values.dtype.name != "bfloat16":
        return None
    if np.isnan(values).any():
        return "NaN"
    return "infinity" if np.isinf(values).any() else None


def check_rounding(plain: Path, quantised: Path) -> None:
    """Raise `CourseError` where a weight of a quantised TF.js model is off by more than rounding explains.

    Args:
        plain: the folder of the model without quantising.
        quantised: the folder of the same model, quantised.
    """
    import numpy as np

    from course_utils.conversion import shards

    manifests = [
        json.loads((folder / "model.json").read_text("utf-8"))["weightsManifest"]
        for folder in (plain, quantised)
    ]
    exact, rounded = (
        shards.read_weights(manifest, folder)
        for manifest, folder in zip(manifests, (plain, quantised), strict=True)
    )
    if exact.keys() != rounded.keys():
        raise CourseError(
            f"Quantising lost the weight {min(exact.keys() ^ rounded.keys())}: take --quantize none."
        )
    steps = shards.dequantization_steps(manifests[1])
    for name, values in exact.items():
        if values.size == 0 or not np.issubdtype(values.dtype, np.floating):
            continue
        size = np.abs(values)
        allowed = 0.5 * steps[name] if name in steps else np.maximum(_HALF * size, _SMALLEST_HALF)
        off = np.abs(rounded[name] - values) - allowed - _SLACK * np.max(size)
        if np.max(off) > 0:
            raise CourseError(
                f"Quantising changed the weight {name} by more than half a step: take --quantize none."
            )
