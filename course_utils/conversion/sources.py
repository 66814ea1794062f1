"""Where a model comes from: a file or folder on disk, in any of the formats that Keras has had, or a live model."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.conversion import hdf5, keras_files, saved_model
from course_utils.conversion.saved_model import SavedModelSource
from course_utils.errors import CourseError, UsageError

if TYPE_CHECKING:
    import keras

__all__ = ["SavedModelSource", "load_model", "named_model_json", "tfjs_model"]

MODEL_JSON = "model.json"
_ZIP = b"PK\x03\x04"
_KINDS = "a .keras or .h5 file, a SavedModel folder, or a TensorFlow.js model.json"


def load_model(source: str | Path | keras.Model, *, trust: bool = False) -> keras.Model | SavedModelSource:
    """Load a model, whatever kind of file or folder it is in; a live model is returned as it is.

    What the file contains decides how it is read, not its name. Code in it (a Lambda layer, a SavedModel's file
    operations) is neither run nor loaded unless `trust`.

    Raises:
        UsageError: there is nothing to read at `source`.
        CourseError: it is no model, is damaged, or needs code that is not there or not trusted.
    """
    import keras

    if isinstance(source, keras.Model):
        return source
    if not isinstance(source, str | os.PathLike):
        raise UsageError(
            f"A {type(source).__name__} is no model to convert: pass a keras.Model, or {_KINDS}."
        )
    path = Path(source).expanduser()
    model_json = tfjs_model(path)
    if model_json is not None:
        return _tfjs(model_json)
    if path.is_dir():
        return _folder(path, trust)
    start = _first_bytes(path)
    if start.startswith(_ZIP):
        return keras_files.only_model(keras_files.read_archive(path, trust=trust), path)
    if start.startswith(hdf5.MAGIC):
        return keras_files.only_model(keras_files.read_h5(path, trust=trust), path)
    raise CourseError(_what_is_wrong(path, start))


def tfjs_model(path: Path) -> Path | None:
    """The model.json that `path` is or holds; None where it is something else."""
    if path.is_dir():
        inside = path / MODEL_JSON
        return inside if inside.is_file() and not saved_model.is_saved_model(path) else None
    return path if path.suffix == ".json" and path.is_file() else None


@contextmanager
def named_model_json(model_json: Path, scratch: Path) -> Iterator[Path]:
    """A folder where the TensorFlow.js model is called model.json: its own, or a copy at `scratch`, gone at the end."""
    if model_json.name == MODEL_JSON:
        yield model_json.parent
        return
    scratch.mkdir()
    try:
        shutil.copyfile(model_json, scratch / MODEL_JSON)
        for group in json.loads(model_json.read_bytes()).get("weightsManifest", []):
            for name in group["paths"]:  # the reader has seen that they stay in the folder
                (scratch / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(model_json.parent / name, scratch / name)
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _tfjs(model_json: Path) -> keras.Model:
    from course_utils.conversion import tfjs_reader

    _first_bytes(model_json)
    stored = sum(file.stat().st_size for file in model_json.parent.iterdir() if file.is_file())
    # uint8 weights unpack to four times their size.
    with keras_files.loading(model_json, 4 * stored, False):
        return keras_files.only_model(tfjs_reader.read(model_json), model_json)


def _folder(path: Path, trust: bool) -> keras.Model | SavedModelSource:
    if saved_model.is_saved_model(path):
        return saved_model.read(path, trust=trust)
    if (path / keras_files.CONFIG).is_file():
        return keras_files.only_model(keras_files.read_folder(path, trust=trust), path)
    raise CourseError(f"The folder {path} holds no model: name {_KINDS}.")


def _first_bytes(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no file: name {_KINDS}.")
    try:
        with path.open("rb") as file:
            return file.read(64)
    except FileNotFoundError:
        raise UsageError(f"There is no {path}: name {_KINDS}.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): check it and its permissions.") from None


def _what_is_wrong(path: Path, start: bytes) -> str:
    if not start:
        return f"{path} is empty: copy or save it again."
    if path.suffix in (".h5", ".hdf5"):
        return f"{path} is not an HDF5 file, or lost its beginning: copy or save it again."
    if path.suffix == ".keras":
        return f"{path} is not a .keras file, for it is no zip archive: copy or save it again."
    return f"{path} is no model that Keras wrote: name {_KINDS}."
