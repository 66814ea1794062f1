"""Keras' own files: .keras, as an archive or unpacked, and .h5, of Keras 3 and of the Keras 2 years.

Nothing that the file says is acted on before it was checked: its HDF5 data are copied by a process of their own
(`hdf5`), its configuration is read as data (`configs`), and of an archive only the members that Keras writes are
unpacked, into a folder of ours. Keras then loads that folder.
"""

from __future__ import annotations

import errno
import json
import re
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from course_utils.conversion import configs, hdf5
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import keras

    from course_utils.conversion.keras2 import Part

CONFIG = "config.json"
METADATA = "metadata.json"
WEIGHTS = "model.weights.h5"
ASSETS = "assets/"
# Keras stores the members of its archives as they are. One that grows by more than this when it is unpacked, and is
# large, is a bomb.
_EXPANSION = 100
_SMALL = 64 * 2**20
_LARGEST_TEXT = 256 * 2**20


def read_archive(path: Path, *, trust: bool = False) -> keras.Model:
    """The model in a .keras file."""
    with _scratch() as scratch:
        try:
            with zipfile.ZipFile(path) as archive:
                _unpack(archive, scratch, path)
        # What zipfile and zlib raise on damage; RuntimeError is an encrypted member, OSError a place before the start.
        except (
            *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError),
            *(OSError, struct.error, UnicodeError),
        ) as error:
            if isinstance(error, OSError) and error.errno != errno.EINVAL:
                raise
            raise CourseError(f"{path} is damaged or incomplete: copy or save it again ({error}).") from None
        return _read_unpacked(scratch, path, trust)


def read_folder(path: Path, *, trust: bool = False) -> keras.Model:
    """The model in an unpacked .keras: a folder with config.json and model.weights.h5."""
    with _scratch() as scratch:
        for name in (CONFIG, METADATA, WEIGHTS):
            if (path / name).is_file():
                shutil.copyfile(path / name, scratch / name)
        if (path / ASSETS).is_dir():
            shutil.copytree(path / ASSETS, scratch / ASSETS)
        return _read_unpacked(scratch, path, trust)


def read_h5(path: Path, *, trust: bool = False) -> keras.Model:
    """The model in an .h5 file."""
    import h5py
    import keras

    from course_utils.conversion import keras2

    with _scratch() as scratch:
        copy = scratch / "model.h5"
        hdf5.clean_copy(path, copy)
        with h5py.File(copy, "r") as file:
            text, version = file.attrs.get("model_config"), file.attrs.get("keras_version")
            if text is None:
                raise CourseError(_without_config(path, file))
            if "model_weights" not in file:
                raise CourseError(f"{path} holds no weights: save it again with model.save(…).")
        old = not _is_keras_3(version)
        config = configs.checked(configs.parsed(text, str(path)), str(path), trust=trust, strangers=old)
        with loading(path, copy.stat().st_size, trust):
            if old:
                return keras2.load_h5(copy, trust=trust, name=str(path))
            model = keras.saving.deserialize_keras_object(configs.with_modules(config), safe_mode=not trust)
            only_model(model, path).load_weights(copy)
            return model


def only_model(found: object, path: Path) -> keras.Model:
    """What was found, which is a model and not a part of one."""
    import keras

    if not isinstance(found, keras.Model):
        raise CourseError(
            f"{path} holds a {type(found).__name__} and no whole model: save the model with model.save(…)."
        )
    return found


@contextmanager
def loading(path: Path, stored: int, trust: bool) -> Iterator[None]:
    """Around what builds a model from `path`, whose weights take `stored` bytes: what fails becomes a sentence."""
    from keras.src.saving.serialization_lib import SafeModeScope

    try:
        with configs.weights_bounded(stored, str(path)), SafeModeScope(not trust):
            yield
    except CourseError as error:
        # Of a part of the model it is said which layer or weight it is, and not yet in which file.
        if str(path) in str(error):
            raise
        raise type(error)(f"{path}: {error}") from error
    except RecursionError:
        raise CourseError(
            f"{path} is damaged, for its configuration nests without end: copy or save it again."
        ) from None
    # Keras raises whatever the damage happens to meet: TypeError, KeyError, AttributeError, TensorFlow's errors …
    except Exception as error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise CourseError(_why_not_loaded(path, error)) from error


def _why_not_loaded(path: Path, error: Exception) -> str:
    text = " ".join(str(error).split())
    unknown = re.search(
        r"(?:Could not locate (?:class|function)|Unknown (?:layer|object)):? '?(\w[\w>]*)", text
    )
    if unknown:
        return (
            f"{path} was not loaded, since it needs {unknown[1]}, which is not Keras' own: load the model in Python "
            "where that is defined, and pass the model itself to course_utils.convert(model, …)."
        )
    return f"{path} cannot be loaded as a Keras model: copy or save it again ({type(error).__name__}: {text[:200]})."


def _without_config(path: Path, file: Any) -> str:
    if (
        "layer_names" in file.attrs
        or "layers" in file
        or "vars" in file
        or "_layer_checkpoint_dependencies" in file
    ):
        return (
            f"{path} holds weights without a model: build the model in Python, call model.load_weights({path.name!r}), "
            "and convert what model.save('model.keras') writes."
        )
    return f"{path} is an HDF5 file without a Keras model in it: save one with model.save('model.keras')."


def _is_keras_3(version: object) -> bool:
    text = version.decode(errors="replace") if isinstance(version, bytes) else str(version or "")
    return text.split(".")[0] == "3"


def _unpack(archive: zipfile.ZipFile, folder: Path, path: Path) -> None:
    names = archive.namelist()
    if len(set(names)) != len(names):
        raise CourseError(f"{path} holds two members of one name: save it again.")
    for member in archive.infolist():
        wanted = member.filename in (CONFIG, METADATA, WEIGHTS) or member.filename.startswith(ASSETS)
        if not wanted or member.is_dir():
            continue
        parts = PurePosixPath(member.filename).parts
        if ".." in parts or "\\" in member.filename or any(":" in part or "\0" in part for part in parts):
            raise CourseError(
                f"{path} holds {member.filename!r}, which would leave its folder: it was not loaded."
            )
        bound = _SMALL + _EXPANSION * member.compress_size
        if member.file_size > bound or (
            member.filename.endswith(".json") and member.file_size > _LARGEST_TEXT
        ):
            raise CourseError(
                f"{path} holds {member.filename}, which unpacks to far more than is stored: it was not loaded."
            )
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as stored, target.open("wb") as unpacked:
            shutil.copyfileobj(stored, unpacked)  # zipfile ends it at the size that was just bounded


def _read_unpacked(folder: Path, path: Path, trust: bool) -> keras.Model:
    import keras

    from course_utils.conversion import keras2

    if not (folder / CONFIG).is_file():
        raise CourseError(
            f"{path} holds no {CONFIG}, so it is no Keras model: save it with model.save('model.keras')."
        )
    if not (folder / WEIGHTS).is_file():
        raise CourseError(f"{path} holds no {WEIGHTS}: save it again with model.save('model.keras').")
    raw = folder / "weights"
    (folder / WEIGHTS).rename(raw)
    hdf5.clean_copy(raw, folder / WEIGHTS, name=f"{path} ({WEIGHTS})")
    raw.unlink()
    config = configs.parsed((folder / CONFIG).read_bytes(), str(path))
    old = not _is_keras_3(_version(folder / METADATA))
    config = configs.checked(config, str(path), trust=trust, strangers=old)
    with loading(path, (folder / WEIGHTS).stat().st_size, trust):
        part = None
        if old:
            repaired = keras2.repair_model(config)
            config, part = configs.checked(repaired.config, str(path), trust=trust), repaired.part
        (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
        model = keras.saving.load_model(folder, compile=False, safe_mode=not trust)
        if part is not None:
            _adapt_weights(only_model(model, path), part)
        return model


def _adapt_weights(model: keras.Model, part: Part) -> None:
    """Give a model of the Keras 2 years the weights with which Keras 3 computes the same (see `keras2`)."""
    import keras

    from course_utils.conversion.keras2.parts import slots

    for slot in {id(slot.variable): slot for slot in slots(part, model)}.values():
        if slot.transform is not None:
            slot.variable.assign(slot.transform(keras.ops.convert_to_numpy(slot.variable)))


def _version(metadata: Path) -> object:
    """The version of Keras that wrote the file; Keras 3 where that is lost."""
    try:
        return json.loads(metadata.read_bytes())["keras_version"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "3"


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="course-convert-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
