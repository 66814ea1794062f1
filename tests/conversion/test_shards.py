"""Weights go into shards and come back: the same numbers, or the nearest that fit; lies and escapes are refused."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import numpy as np
import pytest

from course_utils.conversion import shards
from course_utils.conversion.shards import dequantization_steps, read_weights, write_weights
from course_utils.errors import CourseError, UsageError

RANDOM = np.random.default_rng(0)
KERNEL = RANDOM.normal(size=(3, 3, 4, 8)).astype(np.float32)
MIXED = [
    ("kernel", KERNEL),
    ("bias", RANDOM.normal(size=8).astype(np.float32)),
    ("seed", np.array([-3, 2**31 - 1], np.int32)),
    ("mask", np.array([[True, False, True]])),
    ("scalar", np.float32(0.1)),
    ("nothing", np.zeros((0, 5), np.float32)),
]


def round_trip(tensors, folder: Path, quantize="none"):
    return read_weights(write_weights(tensors, folder, quantize), folder)


def test_every_number_comes_back(tmp_path: Path) -> None:
    back = round_trip(MIXED, tmp_path)
    assert list(back) == [name for name, _ in MIXED]
    for name, array in MIXED:
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)


def test_files_are_cut_at_four_mebibytes_whatever_the_tensors(tmp_path: Path) -> None:
    large = np.arange(2_500_000, dtype=np.float32)
    manifest = write_weights([("a", large), ("b", large[:7])], tmp_path)
    names = [f"group1-shard{number}of3.bin" for number in (1, 2, 3)]
    assert manifest[0]["paths"] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    sizes = [(tmp_path / name).stat().st_size for name in names]
    assert sizes == [shards.SHARD_BYTES, shards.SHARD_BYTES, 4 * 2_500_007 - 2 * shards.SHARD_BYTES]
    back = read_weights(manifest, tmp_path)
    np.testing.assert_array_equal(back["a"], large)
    np.testing.assert_array_equal(back["b"], large[:7])


def test_a_model_without_weights_has_no_files(tmp_path: Path) -> None:
    assert write_weights([], tmp_path) == []
    assert list(tmp_path.iterdir()) == []
    assert read_weights([], tmp_path) == {}


@pytest.mark.parametrize(
    "array",
    [
        np.array([1, 2], np.int64),
        np.array([1, 2], np.uint8),
        np.array([0.1, 2], np.float64),
        np.array([0.1, 2], np.float16),
        KERNEL.transpose(3, 1, 0, 2),
    ],
    ids=["int64", "uint8", "float64", "float16", "not contiguous"],
)
def test_other_numbers_become_the_nearest_that_tensorflow_js_has(tmp_path: Path, array: np.ndarray) -> None:
    (back,) = round_trip([("w", array)], tmp_path).values()
    wanted = np.int32 if array.dtype.kind in "iu" else np.float32
    assert back.dtype == wanted
    np.testing.assert_array_equal(back, array.astype(wanted))


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.array([2**31]), "'w' holds integers beyond 32 bits"),
        (np.array([1e300]), "'w' holds numbers beyond float32"),
        (np.array(["text"]), "'w' is of type <U4"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(tmp_path: Path, array: np.ndarray, says: str) -> None:
    with pytest.raises(CourseError, match=says):
        write_weights([("w", array)], tmp_path)


def test_two_weights_cannot_share_a_name(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="Two weights have the name 'w'"):
        write_weights([("w", KERNEL), ("w", KERNEL)], tmp_path)


def test_an_unknown_quantisation_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'int4': take none, float16 or uint8"):
        write_weights(MIXED, tmp_path, "int4")


@pytest.mark.parametrize(
    "array",
    [
        KERNEL,
        np.abs(KERNEL) + 1,
        -np.abs(KERNEL) - 1,
        KERNEL * 1e-40,
        KERNEL * 1e37,
        np.linspace(1000, 1000.001, 20, dtype=np.float32).reshape(4, 5),
        np.array([[0.0, 1e-45]], np.float32),
        np.array([[-9e37, 9e37]], np.float32),
    ],
    ids=["around zero", "positive", "negative", "subnormal", "huge", "narrow", "smallest", "widest"],
)
def test_uint8_is_within_half_a_step(tmp_path: Path, array: np.ndarray) -> None:
    manifest = write_weights([("w", array)], tmp_path, "uint8")
    back = read_weights(manifest, tmp_path)["w"]
    step = dequantization_steps(manifest)["w"]
    assert step == pytest.approx((float(array.max()) - float(array.min())) / 255)
    rounding = float(np.spacing(np.abs(array).max()))
    assert np.abs(back.astype(np.float64) - array).max() <= step * 0.500001 + rounding
    assert (tmp_path / "group1-shard1of1.bin").stat().st_size == array.size


def test_zero_stays_exactly_zero(tmp_path: Path) -> None:
    pruned = np.where(RANDOM.random(KERNEL.shape) < 0.5, 0, KERNEL + 0.3).astype(np.float32)
    back = round_trip([("w", pruned)], tmp_path, "uint8")["w"]
    assert (back[pruned == 0] == 0).all()


@pytest.mark.parametrize("value", [0.0, 0.1, -7.25, 3e38])
def test_a_constant_is_stored_exactly(tmp_path: Path, value: float) -> None:
    constant = np.full((3, 4), value, np.float32)
    np.testing.assert_array_equal(round_trip([("w", constant)], tmp_path, "uint8")["w"], constant)


@pytest.mark.parametrize("quantize", ["float16", "uint8"])
def test_integers_booleans_and_empty_tensors_are_never_quantised(tmp_path: Path, quantize: str) -> None:
    manifest = write_weights(MIXED, tmp_path, quantize)
    back = read_weights(manifest, tmp_path)
    for name, array in MIXED:
        if name in ("seed", "mask", "nothing"):
            np.testing.assert_array_equal(back[name], array)
    quantized = {entry["name"] for entry in manifest[0]["weights"] if "quantization" in entry}
    assert quantized == ({"kernel", "bias", "scalar"} if quantize == "float16" else {"kernel"})


def test_float16_rounds_to_the_nearest(tmp_path: Path) -> None:
    manifest = write_weights([("w", KERNEL)], tmp_path, "float16")
    back = read_weights(manifest, tmp_path)["w"]
    assert (np.abs(back - KERNEL) <= np.maximum(np.abs(KERNEL) * 2.0**-11, 2.0**-25)).all()
    assert (tmp_path / "group1-shard1of1.bin").stat().st_size == 2 * KERNEL.size
    assert dequantization_steps(manifest) == {}


def test_a_range_too_wide_for_uint8_is_left_alone(tmp_path: Path) -> None:
    widest = np.array([[-1, 1]], np.float32) * np.finfo(np.float32).max
    np.testing.assert_array_equal(round_trip([("w", widest)], tmp_path, "uint8")["w"], widest)


@pytest.mark.parametrize("factor", [1e6, 1e-7], ids=["beyond float16", "below float16"])
def test_a_tensor_that_float16_would_destroy_is_left_alone(tmp_path: Path, factor: float) -> None:
    array = KERNEL * np.float32(factor)
    np.testing.assert_array_equal(round_trip([("w", array)], tmp_path, "float16")["w"], array)


@pytest.mark.parametrize("quantize", ["float16", "uint8"])
def test_nan_is_not_quantised(tmp_path: Path, quantize: str) -> None:
    with pytest.raises(CourseError, match="'w' holds NaN or infinity"):
        write_weights([("w", np.array([[1, np.nan]], np.float32))], tmp_path, quantize)


def test_only_one_block_of_a_tensor_is_converted_at_a_time(tmp_path: Path) -> None:
    array = RANDOM.normal(size=(shards._BLOCK + 3, 2)).astype(np.float32)
    blocks = list(shards._encoded(array, shards._entry("w", array, "uint8")))
    assert [len(block) for block in blocks] == [shards._BLOCK, shards._BLOCK, 6]


def test_what_other_converters_write_is_read(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "weights.bin").write_bytes(np.array([0, 65535], "<u2").tobytes())
    (tmp_path / "deep" / "more").write_bytes(np.array([3, 4], "u1").tobytes())
    manifest = [
        {
            "paths": ["./weights.bin"],
            "weights": [
                {
                    "name": "a",
                    "shape": [2],
                    "dtype": "float32",
                    "quantization": {"dtype": "uint16", "min": -1, "scale": 2 / 65535},
                }
            ],
        },
        {
            "paths": ["deep/more"],
            "weights": [
                {
                    "name": "b",
                    "shape": [2, 1],
                    "dtype": "int32",
                    "quantization": {"dtype": "uint8", "min": -4.5, "scale": 1},
                }
            ],
        },
    ]
    back = read_weights(manifest, tmp_path)
    assert back["a"].tolist() == [-1, 1]
    assert back["b"].dtype == np.int32
    assert back["b"].tolist() == [[-1], [0]]  # as JavaScript's Math.round() rounds halves: up


@pytest.fixture
def written(tmp_path: Path) -> tuple[list, Path]:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret.bin").write_bytes(b"0" * 4)
    return write_weights([("w", KERNEL), ("b", np.zeros(1, np.float32))], folder), folder


@pytest.mark.parametrize(
    "path", ["../secret.bin", "/etc/passwd", "a/../../secret.bin", "C:\\x", "https://a/b", ""]
)
def test_a_path_that_leaves_the_folder_is_refused(written: tuple[list, Path], path: str) -> None:
    manifest, folder = written
    manifest[0]["paths"] = [path]
    with pytest.raises(CourseError, match="is not in the model's folder: refused"):
        read_weights(manifest, folder)


def test_a_link_that_leaves_the_folder_is_refused(written: tuple[list, Path]) -> None:
    manifest, folder = written
    (folder / "link").symlink_to(folder.parent / "secret.bin")
    manifest[0]["paths"] = ["link"]
    with pytest.raises(CourseError, match=r"'link' in model\.json leads out of the model's folder"):
        read_weights(manifest, folder)


def test_a_truncated_shard_is_named(written: tuple[list, Path]) -> None:
    manifest, folder = written
    shard = folder / "group1-shard1of1.bin"
    shard.write_bytes(shard.read_bytes()[:-1])
    says = r"lists weights of 1156 bytes, but group1-shard1of1.bin holds 1155: download the model again"
    with pytest.raises(CourseError, match=says):
        read_weights(manifest, folder)


def test_a_missing_shard_is_named(written: tuple[list, Path]) -> None:
    manifest, folder = written
    (folder / "group1-shard1of1.bin").unlink()
    with pytest.raises(CourseError, match=r"group1-shard1of1.bin is missing: download the model again"):
        read_weights(manifest, folder)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"shape": [10**9, 10**9]}, "lists weights of 4000000000000000004 bytes"),
        ({"shape": [3, -1]}, r"'w' in model.json has the shape \[3, -1\]"),
        ({"shape": [True]}, "has the shape"),
        ({"shape": None}, "has the shape None"),
        ({"dtype": "float8"}, "is of type 'float8'"),
        ({"dtype": "string"}, "is of type 'string'"),
        ({"name": 3}, "has no name"),
        ({"name": "b"}, "'b' is listed twice"),
        ({"quantization": {"dtype": "int4"}}, "quantised as 'int4'"),
        ({"quantization": {"dtype": ["uint8"]}}, "which TensorFlow.js does not know"),
        ({"quantization": None}, "quantised as 'None'"),
        ({"quantization": {"dtype": "uint8", "min": 0}}, "without a sensible min and scale"),
        (
            {"quantization": {"dtype": "uint8", "min": math.nan, "scale": 1}},
            "without a sensible min and scale",
        ),
        ({"dtype": "bool", "quantization": {"dtype": "uint8", "min": 0, "scale": 1}}, "is bool quantised"),
    ],
)
def test_a_manifest_that_lies_is_refused(written: tuple[list, Path], changes: dict, says: str) -> None:
    manifest, folder = copy.deepcopy(written)
    manifest[0]["weights"][0] |= changes
    with pytest.raises(CourseError, match=says):
        read_weights(manifest, folder)


@pytest.mark.parametrize("manifest", [None, {}, [3], [{"paths": "x", "weights": []}], [{"paths": []}]])
def test_a_manifest_of_another_shape_is_refused(tmp_path: Path, manifest: object) -> None:
    with pytest.raises(CourseError, match=r'"weightsManifest" of model\.json is not a list'):
        read_weights(manifest, tmp_path)
