"""The models that ship with the course: each trained by a command, from its data to its model card.

`course train NAME` calls `train`. Nothing here is loaded before it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course_utils.training.recipes import Recipe
    from course_utils.training.registry import MODELS
    from course_utils.training.run import Trained, train

__all__ = ["MODELS", "Recipe", "Trained", "train"]
_PLACES = {"MODELS": "registry", "Recipe": "recipes", "Trained": "run", "train": "run"}


def __getattr__(name: str) -> object:
    if name in _PLACES:
        return getattr(importlib.import_module(f"course_utils.training.{_PLACES[name]}"), name)
    raise AttributeError(f"module 'course_utils.training' has no attribute {name!r}")
