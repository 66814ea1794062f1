"""The formats that a model can be converted into, how small each can store weights, and what a writer returns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from course_utils.errors import UsageError

TFJS_LAYERS = "tfjs-layers"
TFJS_GRAPH = "tfjs-graph"
LITERT = "litert"
ONNX = "onnx"
KERAS = "keras"

# How each format can store weights. The names say what is stored: TF.js dequantises float16 and uint8 when it
# loads; LiteRT's and ONNX' `dynamic` hold int8 weights and compute on them; `full-int8` also computes the
# activations in int8, for which it needs representative data.
QUANTIZATIONS: dict[str, tuple[str, ...]] = {
    TFJS_LAYERS: ("none", "float16", "uint8"),
    TFJS_GRAPH: ("none", "float16", "uint8"),
    LITERT: ("none", "float16", "dynamic", "full-int8"),
    ONNX: ("none", "float16", "dynamic"),
    KERAS: ("none",),
}
FORMATS = tuple(QUANTIZATIONS)
# The file of the result that a program loads; all else in the folder belongs to it.
MAIN_FILE = {
    TFJS_LAYERS: "model.json",
    TFJS_GRAPH: "model.json",
    LITERT: "model.tflite",
    ONNX: "model.onnx",
    KERAS: "model.keras",
}


@dataclass(frozen=True)
class Written:
    """What a writer put into its folder, and what the user should know of it."""

    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def check_format(to: str, quantize: str) -> None:
    """Raise `UsageError` where there is no such format, or it cannot store weights as asked."""
    if to not in QUANTIZATIONS:
        raise UsageError(f"There is no format {to!r} to convert to: take one of {', '.join(FORMATS)}.")
    if quantize not in QUANTIZATIONS[to]:
        ways = ", ".join(QUANTIZATIONS[to])
        raise UsageError(f"{to} cannot be quantised as {quantize!r}: --quantize takes {ways} for it.")
