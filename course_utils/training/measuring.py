"""What a trained model is worth: its score in Keras, and converted, in the runtimes that will run it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.conversion import convert
from course_utils.conversion.formats import QUANTIZATIONS, TFJS_LAYERS
from course_utils.conversion.proof.runtimes import Job, run
from course_utils.errors import CourseError
from course_utils.training.recipes import FORMS, Recipe

if TYPE_CHECKING:
    import keras

__all__ = [
    "FORMS",
    "LARGEST_LOSS",
    "Form",
    "choose",
    "convert_all",
    "measure",
    "multiply_adds",
    "said_by_keras",
]

#: The forms that may ship for the page, the smallest first.
SHIPPED = tuple((TFJS_LAYERS, way) for way in reversed(QUANTIZATIONS[TFJS_LAYERS]))
#: Accuracy that a shipped form may lose against Keras.
LARGEST_LOSS = 0.002


@dataclass(frozen=True)
class Form:
    """A converted model: its size in bytes, and what it did with the validation and the test part."""

    to: str
    quantize: str
    bytes: int
    validation_accuracy: float
    test_accuracy: float
    difference: float  #: the largest difference from an output that Keras gave, over the test part
    figures: dict[str, float] = field(default_factory=dict)  #: further ones of the test part

    def as_dict(self) -> dict[str, Any]:
        """For card.json, with no more digits than mean something."""
        rounded: dict[str, Any] = {"difference": float(f"{self.difference:.2g}")}
        for part in ("validation_accuracy", "test_accuracy"):
            rounded[part] = round(getattr(self, part), 6)
        values = asdict(self) | rounded
        figures = {name: round(value, 6) for name, value in values.pop("figures").items()}
        return values | ({"figures": figures} if figures else {})


def said_by_keras(recipe: Recipe, model: keras.Model, part: Any) -> list[np.ndarray]:
    """The outputs of the model for a part of the data, one array each."""
    inputs = recipe.inputs(part)
    outputs = model.predict(
        inputs if len(inputs) > 1 else inputs[0], batch_size=recipe.rows_at_once, verbose=0
    )
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def convert_all(
    recipe: Recipe, model: keras.Model, data: Any, folder: Path, tell: Callable[[str], None]
) -> dict[tuple[str, str], Path]:
    """Convert `model` into each form of its recipe, below `folder`.

    Each conversion proves itself on rows of the validation part, or raises `CourseError`.
    """
    sample = folder / "sample.npz"
    np.savez(sample, **_named(model, recipe.representative_inputs(data)))
    folders = {}
    for to, way in recipe.forms:
        tell(f"Converting to {to}, {way}")
        out = folder / f"{to}-{way}"
        convert(model, to, out, quantize=way, data=sample)
        folders[to, way] = out
    return folders


def measure(
    recipe: Recipe,
    model: keras.Model,
    folders: dict[tuple[str, str], Path],
    data: Any,
    expected: list[np.ndarray],
    tell: Callable[[str], None],
) -> list[Form]:
    """Run every converted model over the validation and the test part in its own runtime.

    Args:
        recipe: the model's.
        model: what was converted.
        folders: where each form lies.
        data: the parts.
        expected: what Keras said to the test part.
        tell: called with what is being done.
    """
    forms = []
    for (to, way), folder in folders.items():
        tell(f"Measuring {to}, {way}")
        scores = {}
        for name in ("validation", "test"):
            part = getattr(data, name)
            said = _run(recipe, model, to, folder, recipe.inputs(part))
            scores[name] = recipe.score(said, part)
        forms.append(
            Form(
                to=to,
                quantize=way,
                bytes=sum(file.stat().st_size for file in folder.iterdir()),
                validation_accuracy=scores["validation"].accuracy,
                test_accuracy=scores["test"].accuracy,
                difference=max(
                    float(np.abs(one - other).max()) for one, other in zip(said, expected, strict=True)
                ),
                figures=dict(scores["test"].figures),
            )
        )
    return forms


def choose(forms: list[Form], validation_accuracy: float, too_coarse: tuple[str, ...] = ()) -> Form:
    """The smallest TF.js form that keeps Keras' accuracy on the validation part; the test part has no say in it.

    Args:
        forms: what was measured.
        validation_accuracy: that of Keras.
        too_coarse: quantisations that are left out, see `Recipe`.
    """
    by_name = {(form.to, form.quantize): form for form in forms}
    for name in SHIPPED:
        if name[1] in too_coarse:
            continue
        if validation_accuracy - by_name[name].validation_accuracy <= LARGEST_LOSS:
            return by_name[name]
    raise CourseError(
        "No TensorFlow.js form keeps the model's accuracy, not even the unquantised: that is a defect."
    )


def multiply_adds(model: keras.Model) -> int:
    """The products that one picture costs, in the convolutions and the dense layers, each as often as it is used."""
    total = 0
    uses = {
        told["name"]: len(told["inbound_nodes"]) for told in model.get_config()["layers"] if "name" in told
    }
    for layer in model.layers:
        kernel = getattr(layer, "kernel", None)
        if kernel is not None:
            places = int(np.prod(layer.output.shape[1:-1]))
            total += int(np.prod(kernel.shape)) * places * uses.get(layer.name, 1)
    return total


def _named(model: keras.Model, inputs: list[np.ndarray]) -> dict[str, np.ndarray]:
    names = [tensor.name for tensor in model.inputs] if len(inputs) > 1 else ["x"]
    return dict(zip(names, inputs, strict=True))


def _run(
    recipe: Recipe, model: keras.Model, to: str, folder: Path, inputs: list[np.ndarray]
) -> list[np.ndarray]:
    count = max(1, len(inputs[0]) // recipe.rows_at_once)
    pieces = list(zip(*(np.array_split(rows, count) for rows in inputs), strict=True))
    names = [tensor.name for tensor in model.inputs], list(model.output_names)
    results = run([Job(to, folder, list(piece), "wasm", *names) for piece in pieces])
    for result in results:
        if result.error is not None:
            raise CourseError(f"{folder} could not be run ({result.error}): convert again.")
    outputs = zip(*(result.outputs for result in results), strict=True)
    return [np.concatenate(arrays) for arrays in outputs]
