"""The genuine MobileNet of Keras for the page: converted, at the smallest precision that answers alike, and proven.

    python -m course_utils.conversion.pretrained WEIGHTS CLASSES OUT

prints what it does, one line a step, and what went wrong as its last one.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.conversion.formats import QUANTIZATIONS, TFJS_LAYERS
from course_utils.data import photographs, sources
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import keras

    from course_utils.conversion.pipeline import Conversion

#: The width of the network (a quarter of the full one) and the side of its pictures.
ALPHA, SIDE = 0.25, 224
#: SHA-256 of its weights as Keras holds them, one after the other, float32: the file around them may differ.
WEIGHTS_SHA256 = "48baf731168c0934c603ddc35d11e78bb6503cca23380678fcf3ad795548a413"
#: Files that the page loads: 4 MB at most together.
MOST_BYTES = 4_000_000
CARD, CLASSES = "card.json", "classes.json"

_LICENCE = "Apache License 2.0"
_ADDRESS = "https://keras.io/api/applications/mobilenet/"
_PICTURES = 96
# Where Keras' first guess leads the second by less, Keras itself can hardly tell the two apart.
_LEAD = 0.05
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Agreement:
    """How a converted model's best guesses compare with Keras', over pictures.

    Attributes:
        pictures: how many were shown.
        all: the share with the same best guess.
        decided: the share among those where Keras' best guess leads by 0.05 or more.
        difference: the largest difference of a probability.
    """

    pictures: int
    all: float
    decided: float
    difference: float


def write_mobilenet(weights: Path, classes: Path, out: Path, tell: Tell = lambda doing: None) -> Path:
    """Make the folder `out`: model.json, its weights, the class names and a card; returns the card.

    Args:
        weights: the file that Keras keeps (``mobilenet_2_5_224_tf.h5``).
        classes: the file that Keras keeps (``imagenet_class_index.json``).
        out: the folder, which appears whole or not at all.
        tell: is called with what is being done.

    Raises:
        CourseError: a file does not hold what it should, or no precision answers as Keras does.
    """
    tell("Reading MobileNet's weights")
    model = _model(weights)
    names = _class_names(classes)
    tell("Asking Keras about 96 pictures")
    pictures = photographs.crops(_PICTURES, SIDE).astype(np.float32) / 127.5 - 1
    expected = model.predict(pictures, batch_size=16, verbose=0)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        conversion, agreement = _smallest(model, Path(scratch), pictures, expected, tell)
        folder = conversion.out
        (folder / CLASSES).write_text(json.dumps(names, ensure_ascii=False) + "\n", encoding="utf-8")
        card = _card(model, conversion, agreement)
        if card["bytes"] > MOST_BYTES:
            raise CourseError(
                f"MobileNet has {card['bytes']:,} bytes converted, and {MOST_BYTES:,} may ship."
            )
        (folder / CARD).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
        if out.exists():
            shutil.rmtree(out)
        folder.replace(out)
    return out / CARD


def _model(weights: Path) -> keras.Model:
    import keras

    model = keras.applications.MobileNet(input_shape=(SIDE, SIDE, 3), alpha=ALPHA, weights=None)
    try:
        model.load_weights(weights)
    except (OSError, ValueError, KeyError) as error:
        raise _foreign(weights) from error
    digest = hashlib.sha256()
    for array in model.get_weights():
        digest.update(np.ascontiguousarray(array, "<f4").tobytes())
    if digest.hexdigest() != WEIGHTS_SHA256:
        raise _foreign(weights)
    return model


def _foreign(weights: Path) -> CourseError:
    return CourseError(
        f"{weights} does not hold MobileNet's own weights: delete it and run `course fetch` with a network."
    )


def _class_names(classes: Path) -> list[str]:
    try:
        index = json.loads(classes.read_text(encoding="utf-8"))
        return [index[str(number)][1].replace("_", " ") for number in range(1000)]
    except (ValueError, KeyError, TypeError) as error:
        raise CourseError(
            f"{classes} does not name ImageNet's 1,000 classes: delete it and run `course fetch` with a network."
        ) from error


def _smallest(
    model: keras.Model, scratch: Path, pictures: np.ndarray, expected: np.ndarray, tell: Tell
) -> tuple[Conversion, Agreement]:
    """The smallest form whose best guesses are Keras', wherever Keras itself is sure of them."""
    from course_utils.conversion.pipeline import convert

    for quantize in reversed(QUANTIZATIONS[TFJS_LAYERS]):
        tell(f"Converting it, weights stored as {'float32' if quantize == 'none' else quantize}")
        conversion = convert(model, TFJS_LAYERS, scratch / quantize, quantize=quantize, verify=2)
        agreement = compare(conversion.out, model, pictures, expected)
        if agreement.decided == 1:
            return conversion, agreement
    raise CourseError("MobileNet answers otherwise in TensorFlow.js than in Keras, so it is not served.")


def compare(folder: Path, model: keras.Model, pictures: np.ndarray, expected: np.ndarray) -> Agreement:
    """Show the pictures to a converted model in TensorFlow.js, and compare with what Keras said to them.

    Args:
        folder: holds model.json.
        model: the original.
        pictures: float32 of shape (n, side, side, 3), as the model takes them.
        expected: Keras' probabilities, of shape (n, classes).
    """
    from course_utils.conversion.proof import Job, run

    job = Job(TFJS_LAYERS, folder, [pictures], "wasm", (model.inputs[0].name,), (model.outputs[0].name,))
    [result] = run([job])
    if result.error is not None:
        raise CourseError(f"MobileNet could not be run in TensorFlow.js ({result.error}).")
    said = result.outputs[0]
    same = said.argmax(axis=1) == expected.argmax(axis=1)
    ordered = np.sort(expected, axis=1)
    decided = ordered[:, -1] - ordered[:, -2] >= _LEAD
    return Agreement(
        pictures=len(pictures),
        all=float(same.mean()),
        decided=float(same[decided].mean()) if decided.any() else float(same.mean()),
        difference=float(np.abs(said - expected).max()),
    )


def _card(model: keras.Model, conversion: Conversion, agreement: Agreement) -> dict:
    """What the page and its reader should know of the model."""
    return {
        "name": "mobilenet",
        "served": True,
        "title": f"MobileNet {ALPHA} at {SIDE} × {SIDE}",
        "source": _ADDRESS,
        "file": sources.MOBILENET.url,
        "weights_sha256": WEIGHTS_SHA256,
        "licence": _LICENCE,
        "trained_on": "ImageNet, 1,000 classes",
        "parameters": model.count_params(),
        "input": {"shape": [SIDE, SIDE, 3], "range": [-1, 1]},
        "features": "global_average_pooling2d",
        "quantize": conversion.quantize,
        "bytes": conversion.size,
        "agreement": {
            "pictures": agreement.pictures,
            "all": round(agreement.all, 4),
            "decided": round(agreement.decided, 4),
            "difference": float(f"{agreement.difference:.2g}"),
        },
    }


def main(weights: str, classes: str, out: str) -> int:
    """Run `write_mobilenet` as a process of its own, so that whoever asks need not load TensorFlow."""
    try:
        write_mobilenet(Path(weights), Path(classes), Path(out), lambda doing: print(doing, flush=True))
    except CourseError as error:
        print(error, flush=True)
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
