"""How few bits a weight needs: the digits' convolutional network, rounded to fewer and fewer, on all test pictures.

`course bench bits --write` also writes what the demo of week 6 shows: the weights with 32 bits, and this table.
"""

from __future__ import annotations

import json as json_format
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from course_utils.bench.measuring import measuring
from course_utils.book.pages import find_root

if TYPE_CHECKING:
    import numpy as np

MODEL = "digits-cnn"
BITS = (32, 16, 8, 6, 5, 4, 3, 2)
WEIGHTS, TABLE = "digits-float32.bin", "digits-bits.json"


@dataclass(frozen=True)
class Form:
    """The network with every kernel in so many bits; vectors, such as biases, keep 32.

    Attributes:
        bits: for each number of a kernel.
        bytes: of all weights together, without the description of the layers.
        accuracy: the share of test pictures named rightly, 0 to 1.
    """

    bits: int
    bytes: int
    accuracy: float


def bits(json: bool = False, write: bool = False, root: Path | None = None) -> int:
    """Measure the network in each number of bits.

    Args:
        json: print one JSON object instead of a table.
        write: also write the files of the demo into book/_static/data.
        root: the project's folder; the one that the current folder lies in by default.

    Returns:
        The exit status, 0.
    """
    root = root or find_root()
    with measuring():
        forms, weights, source, count = measure(root)
    if write:
        _write(root / "book" / "_static" / "data", forms, weights, source, count)
    if json:
        print(
            json_format.dumps({"source": source, "count": count, "forms": [asdict(form) for form in forms]})
        )
        return 0
    table = Table(title=f"{MODEL} on {count:,} test pictures ({source})")
    for head in ("Bits a weight", "Bytes", "Right"):
        table.add_column(head, justify="right")
    for form in forms:
        table.add_row(str(form.bits), f"{form.bytes:,}", f"{100 * form.accuracy:.2f} %")
    Console().print(table)
    return 0


def measure(root: Path) -> tuple[list[Form], dict[str, np.ndarray], str, int]:
    """The forms, the weights by the names that a page knows, and which pictures were asked, and how many."""
    import keras
    import numpy as np

    from course_utils.training.digits import pictures

    folder = root / "book" / "_static" / "models" / MODEL
    model = keras.saving.load_model(folder / f"{MODEL}.keras", compile=False)
    weights = {
        f"{layer.name}/{weight.name}": np.asarray(weight)
        for layer in model.layers
        for weight in layer.weights
    }
    splits = pictures()
    forms = []
    for number in BITS:
        for layer in model.layers:
            for weight in layer.weights:
                weight.assign(stored(weights[f"{layer.name}/{weight.name}"], number))
        said = model.predict(splits.test.images, batch_size=512, verbose=0).argmax(axis=1)
        accuracy = float(np.mean(said == splits.test.labels))
        forms.append(
            Form(number, sum(_size(array, number) for array in weights.values()), round(accuracy, 6))
        )
    return forms, weights, splits.source, len(splits.test.labels)


def stored(array: np.ndarray, number: int) -> np.ndarray:
    """An array as it comes back from so many bits: halves for 16, even levels below; vectors stay."""
    import numpy as np

    if array.ndim < 2 or number >= 32:
        return array
    if number == 16:
        return array.astype(np.float16).astype(np.float32)
    smallest = float(array.min())
    step = (float(array.max()) - smallest) / (2**number - 1) or 1.0
    return (np.rint((array - smallest) / step) * step + smallest).astype(np.float32)


def _size(array: np.ndarray, number: int) -> int:
    return array.size * 4 if array.ndim < 2 else -(-array.size * number // 8)


def _write(folder: Path, forms: list[Form], weights: dict[str, Any], source: str, count: int) -> None:
    """The weights one after the other, and the table with their names and shapes in that order."""
    folder.joinpath(WEIGHTS).write_bytes(
        b"".join(array.astype("<f4").tobytes() for array in weights.values())
    )
    listed = [{"name": name, "shape": list(array.shape)} for name, array in weights.items()]
    table = {"source": source, "count": count, "forms": [asdict(form) for form in forms], "weights": listed}
    folder.joinpath(TABLE).write_text(json_format.dumps(table, ensure_ascii=False) + "\n", encoding="utf-8")
