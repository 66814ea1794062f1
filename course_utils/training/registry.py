"""The models that `course train` knows, by name. The module of a family is loaded when one of it is asked for."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from course_utils.errors import UsageError

if TYPE_CHECKING:
    from course_utils.training.recipes import Recipe

# The module of each model, in this package: its `RECIPES` holds the recipe.
_FAMILIES = {
    "backbone": "hands",
    "cats-dogs": "fine_tuned",
    "digits-cnn": "digits",
    "digits-mlp": "digits",
    "fashion-cnn": "clothes",
    "pictures": "fine_tuned",
    "remarks": "remarks",
    "rps": "rock_paper_scissors",
    "shapes": "shapes",
    "sketches": "sketches",
    "sums": "sums",
    "text": "text",
}


class _Models(Mapping[str, "Recipe"]):
    def __getitem__(self, name: str) -> Recipe:
        family = importlib.import_module(f"course_utils.training.{_FAMILIES[name]}")
        return {recipe.name: recipe for recipe in family.RECIPES}[name]

    def __contains__(self, name: object) -> bool:
        return name in _FAMILIES

    def __iter__(self) -> Iterator[str]:
        return iter(_FAMILIES)

    def __len__(self) -> int:
        return len(_FAMILIES)


#: The recipe of every model that ships with the course, by name.
MODELS: Mapping[str, Recipe] = _Models()


def recipe(name: str) -> Recipe:
    """The recipe of the model `name`; raises `UsageError` naming the known ones."""
    if name not in MODELS:
        near = difflib.get_close_matches(name, MODELS, n=1)
        hint = f": did you mean {near[0]}?" if near else "."
        raise UsageError(f"There is no model {name} to train among {', '.join(MODELS)}{hint}")
    return MODELS[name]
