"""Keras models into TF.js, LiteRT and ONNX, with the proof that the result computes the same.

    from course_utils import convert
    print(convert("model.keras", "tfjs-layers", "out"))

Importing this is cheap: TensorFlow is loaded with the first conversion.
"""

import importlib
import os
from typing import TYPE_CHECKING

# ONNX Runtime reports its use to its makers unless this stands before its import; a conversion tells nobody.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from course_utils.conversion.pipeline import Conversion, convert
    from course_utils.conversion.sources import load_model

__all__ = ["Conversion", "convert", "load_model"]

_HOME = {"Conversion": "pipeline", "convert": "pipeline", "load_model": "sources"}


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(importlib.import_module(f"course_utils.conversion.{_HOME[name]}"), name)
    raise AttributeError(f"module 'course_utils.conversion' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
