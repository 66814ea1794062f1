"""The one place where a check converts: on the student's side, with the extra that week 6's notebook installs.

Nothing is imported before a model is converted or read, so the light core stays light.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from course_utils.checks.week6.networks import Weights, keras_model


def written(network: Weights, to: str, folder: Path) -> str:
    """Convert a network into `folder`, and return the path of the file that a runtime loads."""
    from course_utils.conversion import convert
    from course_utils.conversion.formats import MAIN_FILE

    convert(keras_model(network), to, folder, verify=0)
    return str(folder / MAIN_FILE[to])


def answered(model_json: Path, images: np.ndarray) -> Any:
    """What the layers model in the files answers."""
    from course_utils.conversion import load_model

    return np.asarray(load_model(model_json)(images))
