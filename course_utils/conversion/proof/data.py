"""Real data for the proof, from an .npz file of the user's."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.conversion.proof.source import Port, inputs_of
from course_utils.errors import CourseError

if TYPE_CHECKING:
    from course_utils.conversion.proof.source import Source

_SAVE = "np.savez(file, x=…, y=…)"


def read_data(path: Path, source: Source) -> tuple[list[np.ndarray], np.ndarray | None]:
    """The inputs, one array an input of the model in its order, and the labels where there are any.

    Args:
        path: an .npz file that holds `x` (or, for several inputs, one array by each input's name) and perhaps `y`.
        source: the model that they are for.

    Raises:
        CourseError: the file is missing, is no .npz, was pickled, or does not fit the model.
    """
    path = Path(path)
    ports = inputs_of(source)
    arrays = _read(path)
    names = ["x"] if len(ports) == 1 and "x" in arrays else [port.name for port in ports]
    missing = [name for name in names if name not in arrays]
    if missing:
        wanted = "x" if len(ports) == 1 else ", ".join(missing)
        found = ", ".join(arrays) or "nothing"
        raise CourseError(
            f"{path} holds no {wanted}, only {found}: save the inputs under that name, as {_SAVE}."
        )
    inputs = [_fitted(path, arrays[name], name, port) for name, port in zip(names, ports, strict=True)]
    rows = {name: len(values) for name, values in zip(names, inputs, strict=True)}
    if len(set(rows.values())) > 1:
        counts = ", ".join(f"{name} has {count}" for name, count in rows.items())
        raise CourseError(f"The inputs in {path} differ in their number of rows: {counts}.")
    return _in_whole_batches(path, inputs, arrays.get("y"), ports)


def _read(path: Path) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise CourseError(f"There is no file {path}: --data takes an .npz file, saved as {_SAVE}.")
    # np.load tells a pickle from the rest only by trying; a zip is all that is read here.
    if not zipfile.is_zipfile(path):
        raise CourseError(f"{path} is no .npz file: save the data as {_SAVE}.")
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except ValueError as error:
        if "pickle" in str(error).lower():
            raise CourseError(
                f"{path} holds Python objects, which are never unpickled: save arrays of numbers, as {_SAVE}."
            ) from None
        raise CourseError(f"{path} is damaged ({error}): save it again, as {_SAVE}.") from error
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, MemoryError) as error:
        raise CourseError(
            f"{path} is damaged ({type(error).__name__}): save it again, as {_SAVE}."
        ) from error


def _fitted(path: Path, values: np.ndarray, name: str, port: Port) -> np.ndarray:
    if values.dtype.kind not in "fiub":
        raise CourseError(
            f"{name} in {path} holds {values.dtype}, no numbers: save arrays of numbers, as {_SAVE}."
        )
    wanted = port.shape[1:]
    fits = values.ndim == len(port.shape) and all(
        size in (None, length) for size, length in zip(wanted, values.shape[1:], strict=True)
    )
    if not fits:
        sizes = ", ".join("any" if size is None else str(size) for size in wanted)
        raise CourseError(
            f"{name} in {path} has the shape {values.shape}, and the model's input {port.name} takes "
            f"(rows, {sizes}): reshape it before you save it."
        )
    if not len(values):
        raise CourseError(f"{name} in {path} has no rows: save at least two.")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise CourseError(f"{name} in {path} holds NaN or infinity: remove those rows.")
    if port.dtype.startswith(("int", "uint")) and not np.array_equal(values, np.round(values)):
        raise CourseError(
            f"{name} in {path} holds fractions, and the model's input {port.name} takes whole numbers."
        )
    return values.astype(port.dtype if port.dtype != "bfloat16" else np.float32)


def _in_whole_batches(
    path: Path, inputs: list[np.ndarray], labels: np.ndarray | None, ports: Sequence[Port]
) -> tuple[list[np.ndarray], np.ndarray | None]:
    """Without the last rows where the model takes a fixed number at a time."""
    rows = len(inputs[0])
    if labels is not None:
        if labels.dtype.kind not in "fiub":
            raise CourseError(
                f"y in {path} holds {labels.dtype}, no numbers: save class numbers, as {_SAVE}."
            )
        if labels.ndim == 0 or len(labels) != rows:
            count = 1 if labels.ndim == 0 else len(labels)
            raise CourseError(f"{path} holds {count} labels y for {rows} inputs: save one for each.")
    fixed = next((port.shape[0] for port in ports if port.shape[0]), 1)
    kept = rows // fixed * fixed
    if not kept:
        raise CourseError(
            f"{path} holds {rows} rows, and the model takes {fixed} at a time: save at least as many."
        )
    return [values[:kept] for values in inputs], None if labels is None else labels[:kept]
