"""A job: a converted model, the inputs to run through it, and what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# Longest time for a batch of rows, loading included: plain JavaScript computes half a billion products a second.
JOB_SECONDS = 600.0
# Rows run through a model at once, where it does not fix their number itself: what bounds the memory.
ROWS = 32
# The backends of TensorFlow.js that Node has.
BACKENDS = ("cpu", "wasm")


@dataclass(frozen=True)
class Job:
    """One model to run in its own runtime.

    Attributes:
        to: the format, one of those in `course_utils.conversion.formats`.
        folder: the folder that holds model.json, model.tflite or model.onnx.
        backend: of TensorFlow.js: "cpu" or "wasm". The other runtimes have one each.
        inputs: one array each input, in the model's order; the rows of all are the same in number.
        input_names: their names. Where they are the converted model's names too, they decide which is which,
            else the order does. (TensorFlow.js layers models go by order alone, as they do in a page.)
        output_names: the source's names for its outputs, in its order; as for the inputs.
    """

    to: str
    folder: Path
    inputs: Sequence[np.ndarray]
    backend: str = "cpu"
    input_names: Sequence[str] = ()
    output_names: Sequence[str] = ()

    @property
    def runtime(self) -> str:
        """What runs it, in words."""
        if self.to.startswith("tfjs"):
            return f"TensorFlow.js ({self.backend.upper()})"
        return {"litert": "LiteRT", "onnx": "ONNX Runtime", "keras": "Keras"}[self.to]


@dataclass(frozen=True)
class Result:
    """What a job gave: either outputs or an error.

    Attributes:
        outputs: one array each output, in the order of the job's `output_names` where the names agree, else in
            the converted model's.
        names: the outputs' names in the converted model, in the order of `outputs`.
        backend: what TensorFlow.js says it ran on; "" elsewhere.
        loading: seconds that loading took.
        predicting: seconds that predicting all rows took.
        asynchronous: whether the page must call `executeAsync`, for `predict` refuses the model.
        leaked: tensors that predicting left behind (TensorFlow.js).
        kept: tensors that stayed after the model was disposed of (TensorFlow.js).
        error: why there are no outputs, without a full stop; None where there are.
    """

    outputs: tuple[np.ndarray, ...] = ()
    names: tuple[str, ...] = ()
    backend: str = ""
    loading: float = 0.0
    predicting: float = 0.0
    asynchronous: bool = False
    leaked: int = 0
    kept: int = 0
    error: str | None = None


def by_name(names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """For each of `wanted`, which of `names` it is: by name where all names agree, else by order."""
    if len(set(names)) == len(names) and set(names) == set(wanted):
        return [list(names).index(name) for name in wanted]
    return list(range(len(names)))
