"""What a trained model is worth: its accuracy in Keras, and converted, in the runtimes that will run it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.conversion import convert
from course_utils.conversion.formats import KERAS, QUANTIZATIONS, TFJS_LAYERS
from course_utils.conversion.proof.runtimes import Job, run
from course_utils.data import Examples, Splits
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import keras

#: Every form that a model is measured in, the unquantised one of each format first.
FORMS = tuple((to, way) for to, ways in QUANTIZATIONS.items() if to != KERAS for way in ways)
#: The forms that may ship for the page, the smallest first.
SHIPPED = tuple((TFJS_LAYERS, way) for way in reversed(QUANTIZATIONS[TFJS_LAYERS]))
#: Accuracy that a shipped form may lose against Keras.
LARGEST_LOSS = 0.002
# Pictures from which quantisation learns the range of each layer, and with which a quantised form is compared.
_REPRESENTATIVE = 300
# Pictures that go through a runtime at once.
_ROWS = 500


@dataclass(frozen=True)
class Form:
    """A converted model: its size in bytes, and what it did with the validation and the test part."""

    to: str
    quantize: str
    bytes: int
    validation_accuracy: float
    test_accuracy: float
    difference: float  #: the largest difference from a probability that Keras gave, over the test part

    def as_dict(self) -> dict[str, str | int | float]:
        """For card.json, with no more digits than mean something."""
        rounded = {"difference": float(f"{self.difference:.2g}")}
        for part in ("validation_accuracy", "test_accuracy"):
            rounded[part] = round(getattr(self, part), 6)
        return asdict(self) | rounded


def probabilities(model: keras.Model, examples: Examples) -> np.ndarray:
    """What Keras says to each picture: float32 of shape (n, classes)."""
    return model.predict(examples.images, batch_size=_ROWS, verbose=0)


def accuracy(said: np.ndarray, examples: Examples) -> float:
    """The share of pictures whose most probable class is their label."""
    return float(np.mean(said.argmax(axis=1) == examples.labels))


def confusion(said: np.ndarray, examples: Examples) -> np.ndarray:
    """How often each label (row) was given each class (column): int64 of shape (classes, classes)."""
    table = np.zeros((said.shape[1],) * 2, np.int64)
    np.add.at(table, (examples.labels, said.argmax(axis=1)), 1)
    return table


def convert_all(
    model: keras.Model, splits: Splits, folder: Path, tell: Callable[[str], None]
) -> dict[tuple[str, str], Path]:
    """Convert `model` into each of `FORMS`, below `folder`; each conversion proves itself or raises CourseError."""
    sample = folder / "sample.npz"
    np.savez(sample, x=splits.validation.images[:_REPRESENTATIVE])
    folders = {}
    for to, way in FORMS:
        tell(f"Converting to {to}, {way}")
        out = folder / f"{to}-{way}"
        convert(model, to, out, quantize=way, data=sample)
        folders[to, way] = out
    return folders


def measure(
    folders: dict[tuple[str, str], Path], splits: Splits, expected: np.ndarray, tell: Callable[[str], None]
) -> list[Form]:
    """Run every converted model over the validation and the test part in its own runtime.

    Args:
        folders: where each form lies.
        splits: the pictures.
        expected: what Keras said to the test part.
        tell: called with what is being done.
    """
    forms = []
    for (to, way), folder in folders.items():
        tell(f"Measuring {to}, {way}")
        said = {part: _run(to, folder, getattr(splits, part).images) for part in ("validation", "test")}
        forms.append(
            Form(
                to=to,
                quantize=way,
                bytes=sum(file.stat().st_size for file in folder.iterdir()),
                validation_accuracy=accuracy(said["validation"], splits.validation),
                test_accuracy=accuracy(said["test"], splits.test),
                difference=float(np.abs(said["test"] - expected).max()),
            )
        )
    return forms


def choose(forms: list[Form], validation_accuracy: float) -> Form:
    """The smallest TF.js form that keeps Keras' accuracy on the validation part; the test part has no say in it."""
    by_name = {(form.to, form.quantize): form for form in forms}
    for name in SHIPPED:
        if validation_accuracy - by_name[name].validation_accuracy <= LARGEST_LOSS:
            return by_name[name]
    raise CourseError(
        "No TensorFlow.js form keeps the model's accuracy, not even the unquantised: that is a defect."
    )


def _run(to: str, folder: Path, images: np.ndarray) -> np.ndarray:
    pieces = np.array_split(images, max(1, len(images) // _ROWS))
    results = run([Job(to, folder, [piece], backend="wasm") for piece in pieces])
    for result in results:
        if result.error is not None:
            raise CourseError(f"{folder} could not be run ({result.error}): convert again.")
    return np.concatenate([result.outputs[0] for result in results])


def multiply_adds(model: keras.Model) -> int:
    """The products that one picture costs, in the convolutions and the dense layers."""
    total = 0
    for layer in model.layers:
        kernel = getattr(layer, "kernel", None)
        if kernel is not None:
            places = int(np.prod(layer.output.shape[1:-1])) if len(kernel.shape) > 2 else 1
            total += int(np.prod(kernel.shape)) * places
    return total
