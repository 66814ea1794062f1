"""The weights of a TensorFlow.js model: one stream of bytes, cut into files of 4 MiB, and the manifest of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from course_utils.errors import CourseError, UsageError

Manifest = list[dict[str, Any]]

#: Bytes in one file, as the reference converter cuts them: small enough for a browser to keep in its cache.
SHARD_BYTES = 4 * 2**20
#: As TensorFlow.js' decodeWeights() reads them, always little-endian.
_STORED = {"float32": "<f4", "int32": "<i4", "bool": "?", "complex64": "<c8"}
_QUANTIZED = {"uint8": "<u1", "uint16": "<u2", "float16": "<f2"}
_LEVELS = {"uint8": 255, "uint16": 65535}
#: Numbers that are converted at a time, so that no tensor is held twice.
_BLOCK = 2**18
#: Below this a float16 loses its precision bit by bit.
_SMALLEST_FLOAT16 = 2.0**-14
_LARGEST_FLOAT16 = 65504.0
#: Beyond this the outermost value, shifted so that zero is exact, may no longer fit a float32.
_LARGEST_UINT8 = 1e38


def write_weights(tensors: Iterable[tuple[str, Any]], folder: Path, quantize: str = "none") -> Manifest:
    """Write (name, array) pairs to group1-shard1of1.bin … in `folder`; return the "weightsManifest" of model.json.

    An array may be anything that `numpy.asarray` takes; it is converted when its turn comes, and let go. Floats
    are stored as float32 or as `quantize` says: "float16"; or "uint8", affine for each tensor, with zero exact,
    and vectors, such as biases and normalisation statistics, left at float32, since they cost little room and
    much accuracy. Integers become int32, which is all TensorFlow.js has; they and booleans are never quantised.

    Raises CourseError, naming the weight, where TensorFlow.js has no such numbers or two weights share a name.
    """
    if quantize not in ("none", "float16", "uint8"):
        raise UsageError(
            f"TensorFlow.js weights cannot be quantised as {quantize!r}: take none, float16 or uint8."
        )
    weights: list[dict[str, Any]] = []
    with _Shards(folder) as shards:
        names: set[str] = set()
        for name, tensor in tensors:
            if name in names:
                raise CourseError(f"Two weights have the name {name!r}: give the layers names of their own.")
            names.add(name)
            array = _native(name, np.asarray(tensor))
            entry = _entry(name, array, quantize)
            weights.append(entry)
            for block in _encoded(array, entry):
                shards.write(block)
    return [{"paths": shards.named(), "weights": weights}] if weights else []


def read_weights(manifest: object, folder: Path) -> dict[str, np.ndarray]:
    """Read the weights that a model.json's "weightsManifest" lists from the files beside it, dequantised.

    The numbers are those that TensorFlow.js computes: float32, int32, bool or complex64. Raises CourseError, naming
    the file or the weight, where a path leaves the folder, a size is not what the manifest says, or a number
    format is unknown. Nothing is read before its size is known to be right.
    """
    weights: dict[str, np.ndarray] = {}
    for group in _groups(manifest):
        entries = [_checked(entry) for entry in group["weights"]]
        data = memoryview(_content(group["paths"], sum(map(_byte_length, entries)), folder))
        for entry in entries:
            if entry["name"] in weights:
                raise CourseError(
                    f"The weight {entry['name']!r} is listed twice in model.json: convert again."
                )
            length = _byte_length(entry)
            weights[entry["name"]] = _decoded(data[:length], entry)
            data = data[length:]
    return weights


def dequantization_steps(manifest: Manifest) -> dict[str, float]:
    """The distance between neighbouring values of each weight that is stored as uint8 or uint16, by name.

    A dequantised weight is within half of it of the true one. A float16 has no fixed step: it is within 2⁻¹¹ of
    the true number, relatively, or within 2⁻²⁵ where that is smaller than 2⁻¹⁴.
    """
    return {
        entry["name"]: float(entry["quantization"]["scale"])
        for group in manifest
        for entry in group["weights"]
        if entry.get("quantization", {}).get("dtype") in _LEVELS
    }


@dataclass
class _Shards:
    """The files that the stream of bytes is cut into; how many there are is known, and said, at the end."""

    folder: Path
    files: list[Path] = field(default_factory=list)
    room: int = 0

    def __enter__(self) -> _Shards:
        self.file = None
        return self

    def __exit__(self, *_: object) -> None:
        if self.file is not None:
            self.file.close()

    def write(self, block: memoryview) -> None:
        while len(block):
            if not self.room:
                self.__exit__()
                self.files.append(self.folder / f"group1-shard{len(self.files) + 1}")
                self.file = self.files[-1].open("wb")
                self.room = SHARD_BYTES
            part = block[: self.room]
            self.file.write(part)
            self.room -= len(part)
            block = block[len(part) :]

    def named(self) -> list[str]:
        names = [f"{file.name}of{len(self.files)}.bin" for file in self.files]
        for file, name in zip(self.files, names, strict=True):
            file.replace(file.with_name(name))
        return names


def _native(name: str, array: np.ndarray) -> np.ndarray:
    """The array as numbers that TensorFlow.js has; the same object where it already is."""
    kind = array.dtype.kind
    if kind == "b" or array.dtype in (np.float32, np.int32):
        return array
    if kind == "f" or array.dtype.name == "bfloat16":
        return _single(name, array)
    if kind in "iu":
        limits = np.iinfo(np.int32)
        if array.size and not (limits.min <= array.min() and array.max() <= limits.max):
            raise CourseError(
                f"The weight {name!r} holds integers beyond 32 bits, which TensorFlow.js does not have: "
                "keep them smaller."
            )
        return array.astype(np.int32)
    raise CourseError(f"The weight {name!r} is of type {array.dtype}, which TensorFlow.js cannot load.")


def _single(name: str, array: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        single = array.astype(np.float32)
    if np.isinf(single).sum() != np.isinf(array).sum():
        raise CourseError(
            f"The weight {name!r} holds numbers beyond float32, which is all TensorFlow.js has: scale them."
        )
    return single


def _entry(name: str, array: np.ndarray, quantize: str) -> dict[str, Any]:
    dtype = "bool" if array.dtype.kind == "b" else array.dtype.name
    entry: dict[str, Any] = {"name": name, "shape": list(array.shape), "dtype": dtype}
    if dtype != "float32" or not array.size or quantize == "none":
        return entry
    low, high = float(array.min()), float(array.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise CourseError(
            f"The weight {name!r} holds NaN or infinity, which cannot be quantised: train again."
        )
    if quantize == "float16":
        # A tensor of huge or of tiny numbers alone would become infinities or zeros.
        if _SMALLEST_FLOAT16 <= max(-low, high) <= _LARGEST_FLOAT16 or low == high == 0:
            entry["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
    elif array.ndim > 1 and max(-low, high) < _LARGEST_UINT8:
        low, scale = _affine(low, high, _LEVELS["uint8"])
        entry["quantization"] = {"dtype": "uint8", "min": low, "scale": scale, "original_dtype": "float32"}
    return entry


def _affine(low: float, high: float, levels: int) -> tuple[float, float]:
    """The least value and the step, such that a range which holds zero has zero among its values.

    As quantization.py of the reference converter does it: a padded image or a pruned kernel stays padded, or pruned.
    """
    scale = (high - low) / levels
    if scale == 0:  # a constant, or a range too narrow for a double: every value is `low`
        return low, 1.0
    if low <= 0 <= high:
        low = -round(-low / scale) * scale
    return low, scale


def _encoded(array: np.ndarray, entry: dict[str, Any]) -> Iterator[memoryview]:
    flat = np.ascontiguousarray(array).reshape(-1)
    quantization = entry.get("quantization")
    for start in range(0, flat.size, _BLOCK):
        block = flat[start : start + _BLOCK]
        if quantization is None:
            block = block.astype(_STORED[entry["dtype"]], copy=False)
        elif quantization["dtype"] == "float16":
            block = block.astype("<f2")
        else:
            levels = np.rint((block.astype(np.float64) - quantization["min"]) / quantization["scale"])
            block = np.clip(levels, 0, _LEVELS["uint8"]).astype(np.uint8)
        yield memoryview(block).cast("B")


def _groups(manifest: object) -> list[dict[str, Any]]:
    whole = isinstance(manifest, list) and all(
        isinstance(group, dict)
        and isinstance(group.get("paths"), list)
        and isinstance(group.get("weights"), list)
        for group in manifest
    )
    if not whole:
        raise CourseError(
            'The "weightsManifest" of model.json is not a list of paths and weights: convert again.'
        )
    return manifest


def _checked(entry: object) -> dict[str, Any]:
    """An entry of the manifest whose name, shape and number format make sense."""
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise CourseError("A weight in model.json has no name: convert the model again.")
    name = entry["name"]
    shape = entry.get("shape")
    if not isinstance(shape, list) or not all(type(size) is int and 0 <= size < 2**31 for size in shape):
        raise CourseError(
            f"The weight {name!r} in model.json has the shape {str(shape)[:80]}: convert again."
        )
    if entry.get("dtype") not in _STORED:
        raise CourseError(
            f"The weight {name!r} in model.json is of type {str(entry.get('dtype'))[:80]!r}: "
            f"a model for TensorFlow.js has {', '.join(_STORED)}; convert again."
        )
    if "quantization" in entry:
        _check_quantization(name, entry["dtype"], entry["quantization"])
    return entry


def _check_quantization(name: str, dtype: str, quantization: object) -> None:
    stored = quantization.get("dtype") if isinstance(quantization, dict) else None
    wanted = {"float32": ("uint8", "uint16", "float16"), "int32": ("uint8", "uint16")}.get(dtype, ())
    if not isinstance(stored, str) or stored not in wanted:
        raise CourseError(
            f"The weight {name!r} in model.json is {dtype} quantised as {str(stored)[:80]!r}, "
            "which TensorFlow.js does not know: convert again."
        )
    if stored != "float16" and not all(_is_number(quantization.get(key)) for key in ("min", "scale")):
        raise CourseError(
            f"The weight {name!r} in model.json is quantised without a sensible min and scale: convert again."
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _stored_dtype(entry: dict[str, Any]) -> np.dtype:
    if "quantization" in entry:
        return np.dtype(_QUANTIZED[entry["quantization"]["dtype"]])
    return np.dtype(_STORED[entry["dtype"]])


def _byte_length(entry: dict[str, Any]) -> int:
    return math.prod(entry["shape"]) * _stored_dtype(entry).itemsize


def _content(paths: list[object], expected: int, folder: Path) -> bytearray:
    """The bytes of a group's files, one after the other; their sizes are compared before anything is read."""
    files = [_inside(path, folder) for path in paths]
    sizes = [file.stat().st_size for file in files]
    if sum(sizes) != expected:
        named = f"{files[0].name} … {files[-1].name}" if len(files) > 1 else "".join(f.name for f in files)
        raise CourseError(
            f"{folder / 'model.json'} lists weights of {expected} bytes, but {named or 'no file'} "
            f"holds {sum(sizes)}: download the model again, every file of it."
        )
    content = bytearray(expected)
    start = 0
    for file, size in zip(files, sizes, strict=True):
        with file.open("rb") as opened:
            if opened.readinto(memoryview(content)[start : start + size]) != size:
                raise CourseError(f"{file} changed while it was read: try again.")
        start += size
    return content


def _inside(path: object, folder: Path) -> Path:
    """The file that a manifest's path means, which is a plain one inside the model's folder."""
    shown = str(path)[:120]
    parts = PurePosixPath(path).parts if isinstance(path, str) else ()
    if not parts or ".." in parts or set(path) & set("\\:\0") or parts[0] == "/":
        raise CourseError(f"The weights file {shown!r} in model.json is not in the model's folder: refused.")
    file = folder / path
    try:
        there = file.is_file()
    except OSError:  # a name too long for any file
        there = False
    if not there:
        raise CourseError(f"{folder / shown} is missing: download the model again, every file of it.")
    if not file.resolve().is_relative_to(folder.resolve()):
        raise CourseError(
            f"The weights file {shown!r} in model.json leads out of the model's folder: refused."
        )
    return file


def _decoded(data: memoryview, entry: dict[str, Any]) -> np.ndarray:
    """The numbers as decodeWeights() of TensorFlow.js computes them: affine in doubles, then rounded."""
    stored = np.frombuffer(data, _stored_dtype(entry)).reshape(entry["shape"])
    quantization = entry.get("quantization")
    if quantization is None:
        return stored.astype(entry["dtype"])
    if quantization["dtype"] == "float16":
        return stored.astype(np.float32)
    values = stored * np.float64(quantization["scale"]) + np.float64(quantization["min"])
    if entry["dtype"] == "int32":
        values = np.clip(np.floor(values + 0.5), -(2.0**31), 2.0**31 - 1)  # Math.round
        return values.astype(np.int32)
    return values.astype(np.float32)
