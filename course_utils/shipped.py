"""What comes with the course ready made: networks, trained by `course train NAME`, and tables that were measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.errors import CourseError

if TYPE_CHECKING:
    import keras


def network(name: str) -> keras.Model:
    """The shipped network of this name, such as "digits-cnn", read from the very file that a page fetches.

    Raises:
        CourseError: no network of this name ships.
    """
    from course_utils.conversion import tfjs_reader

    return tfjs_reader.read(_folder(name) / "model.json")


def card(name: str) -> dict[str, Any]:
    """The model card of the shipped network of this name: its data, training, classes and test results.

    Raises:
        CourseError: no network of this name ships.
    """
    return json.loads((_folder(name) / "card.json").read_text(encoding="utf-8"))


def measured(name: str) -> dict[str, Any]:
    """A table that a command of the course measured where a notebook cannot, such as "runtimes".

    Raises:
        CourseError: no table of this name comes with the course.
    """
    from course_utils.widgets.modules import static_folder

    tables = static_folder() / "data"
    if not (tables / f"{name}.json").is_file():
        there = ", ".join(sorted(file.stem for file in tables.glob("*.json")))
        raise CourseError(f"No table named {name} comes with the course: take one of {there}.")
    return json.loads((tables / f"{name}.json").read_text(encoding="utf-8"))


def _folder(name: str) -> Path:
    from course_utils.widgets.modules import static_folder

    models = static_folder() / "models"
    if not (models / name / "card.json").is_file():
        there = ", ".join(sorted(file.parent.name for file in models.glob("*/card.json")))
        raise CourseError(f"No network named {name} comes with the course: take one of {there}.")
    return models / name
