"""LiteRT, ONNX Runtime and Keras itself, in this process: each job's model is loaded, fed its rows and let go."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext

import numpy as np

from course_utils.conversion.formats import KERAS, LITERT, MAIN_FILE, ONNX
from course_utils.conversion.proof.jobs import ROWS, Job, Result, by_name

# A function of a batch of the job's inputs, in the job's order.
Predict = Callable[[Sequence[np.ndarray]], list[np.ndarray]]

_ONNX_DTYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(uint8)": np.uint8,
    "tensor(int8)": np.int8,
    "tensor(bool)": np.bool_,
}


def run(job: Job) -> Result:
    """The result of one job of the format litert, onnx or keras; what went wrong is in its `error`."""
    try:
        with _silence() if job.to == LITERT else nullcontext():
            started = time.perf_counter()
            predict, names, sizes = {LITERT: _litert, ONNX: _onnx, KERAS: _keras}[job.to](job)
            loaded = time.perf_counter()
            order = by_name(names, job.output_names)
            batches = [predict(batch) for batch in _batches(job.inputs, sizes)]
            predicted = time.perf_counter()
        outputs = [np.concatenate([batch[index] for batch in batches]) for index in order]
        return Result(
            outputs=tuple(outputs),
            names=tuple(names[index] for index in order),
            loading=loaded - started,
            predicting=predicted - loaded,
        )
    # Both runtimes raise types of their own without a common base, and one bad model must not lose the rest.
    except Exception as error:  # noqa: BLE001
        return Result(error=_in_one_line(error))


def _litert(job: Job) -> tuple[Predict, list[str], list[int | None]]:
    """The model's `serving_default` signature, its outputs' names and the batch sizes that it fixes."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(job.folder / MAIN_FILE[job.to]), num_threads=os.cpu_count())
    runner = interpreter.get_signature_runner()
    given, made = runner.get_input_details(), runner.get_output_details()
    # Signatures list their names by alphabet. Where the names are not the source's, inputs are in the order of their
    # tensors, and outputs in that of their numbers.
    names = sorted(given, key=lambda name: given[name]["index"])
    outputs = sorted(made, key=_natural)
    order = _order(names, job)
    sizes = [
        int(given[name]["shape_signature"][0]) if len(given[name]["shape_signature"]) else -1
        for name in names
    ]

    def predict(batch: Sequence[np.ndarray]) -> list[np.ndarray]:
        fed = {name: _quantised(batch[index], given[name]) for name, index in zip(names, order, strict=True)}
        result = runner(**fed)
        return [_dequantised(result[name], made[name]) for name in outputs]

    return predict, outputs, [size if size > 0 else None for size in sizes]


def _onnx(job: Job) -> tuple[Predict, list[str], list[int | None]]:
    """The model as ONNX Runtime's session, its outputs' names and the batch sizes that it fixes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        str(job.folder / MAIN_FILE[job.to]), options, providers=["CPUExecutionProvider"]
    )
    given = session.get_inputs()
    names, outputs = [port.name for port in given], [port.name for port in session.get_outputs()]
    order = _order(names, job)

    def predict(batch: Sequence[np.ndarray]) -> list[np.ndarray]:
        fed = {
            port.name: np.ascontiguousarray(batch[index], _ONNX_DTYPES.get(port.type))
            for port, index in zip(given, order, strict=True)
        }
        return session.run(outputs, fed)

    sizes = [port.shape[0] if port.shape and isinstance(port.shape[0], int) else None for port in given]
    return predict, outputs, sizes


def _keras(job: Job) -> tuple[Predict, list[str], list[int | None]]:
    """The saved model as Keras loads it."""
    import keras

    from course_utils.conversion.proof import source

    model = keras.saving.load_model(job.folder / MAIN_FILE[job.to], compile=False)
    ports = source.inputs_of(model)
    order = _order([port.name for port in ports], job)

    def predict(batch: Sequence[np.ndarray]) -> list[np.ndarray]:
        return source.predict(model, [batch[index] for index in order])

    names = source.output_names(model, len(keras.tree.flatten(model.outputs)))
    return predict, list(names), [port.shape[0] for port in ports]


def _order(names: Sequence[str], job: Job) -> list[int]:
    """For each input of the model, which of the job's it is."""
    if len(names) != len(job.inputs):
        raise ValueError(f"the model has {len(names)} inputs ({', '.join(names)}), not {len(job.inputs)}")
    return by_name(job.input_names or names, names)


def _batches(inputs: Sequence[np.ndarray], sizes: Sequence[int | None]) -> Iterator[list[np.ndarray]]:
    """The rows in batches, of the size that the model was made for where it fixes one."""
    rows = len(inputs[0])
    fixed = next((size for size in sizes if size), None)
    if fixed and rows % fixed:
        raise ValueError(f"the model takes {fixed} rows at a time, and {rows} are no multiple of that")
    size = fixed or ROWS
    for first in range(0, rows, size):
        yield [values[first : first + size] for values in inputs]


def _quantised(values: np.ndarray, tensor: dict) -> np.ndarray:
    """The values as the input `tensor` holds them: an int8 one by its scale and zero point."""
    dtype, (scale, zero) = tensor["dtype"], tensor["quantization"]
    if np.issubdtype(dtype, np.integer) and scale and np.issubdtype(values.dtype, np.floating):
        limits = np.iinfo(dtype)
        return np.clip(np.round(values / scale) + zero, limits.min, limits.max).astype(dtype)
    return np.ascontiguousarray(values, dtype)


def _dequantised(values: np.ndarray, tensor: dict) -> np.ndarray:
    scale, zero = tensor["quantization"]
    if np.issubdtype(values.dtype, np.integer) and scale:
        return ((values.astype(np.float32) - zero) * scale).astype(np.float32)
    return values


def _natural(name: str) -> list[tuple[int, int | str]]:
    """A sorting key that puts output_2 before output_10."""
    return [(0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", name)]


@contextmanager
def _silence() -> Iterator[None]:
    """LiteRT reports to the process' stderr, past Python's, and has no setting for that."""
    sys.stderr.flush()
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def _in_one_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    text = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", text)
    return (f"{text[:297]}…" if len(text) > 300 else text).rstrip(".")
