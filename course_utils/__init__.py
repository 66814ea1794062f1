"""The machinery behind the course: data, figures, checks, widgets, and the tools that build and grade it.

Importing the package is cheap: every part is loaded when it is first used.
"""

import importlib
import os
from typing import TYPE_CHECKING

# TensorFlow greets each process with lines on stderr; these settings, which must stand before its import,
# silence most of them. (The few lines that remain at the import itself ignore every setting.)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

if TYPE_CHECKING:
    from course_utils import checks, conversion, data, memory, plots, shipped, submission, widgets
    from course_utils.conversion import convert
    from course_utils.prose import glue

__all__ = [
    "checks",
    "conversion",
    "convert",
    "data",
    "glue",
    "memory",
    "plots",
    "shipped",
    "submission",
    "widgets",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name == "glue":
        return importlib.import_module("course_utils.prose").glue
    if name == "convert":
        return importlib.import_module("course_utils.conversion").convert
    if name in __all__:
        return importlib.import_module(f"course_utils.{name}")
    raise AttributeError(f"module 'course_utils' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
