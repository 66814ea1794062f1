"""A conversion from end to end: what it leaves, what it says, and that it leaves nothing when it fails."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from course_utils.conversion import Conversion, checking, convert, load_model, shards, staging
from course_utils.conversion.formats import FORMATS, MAIN_FILE, QUANTIZATIONS
from course_utils.errors import CourseError, UsageError


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, so that a test sees what stays there."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(scope="module")
def model() -> Any:
    import keras

    keras.utils.set_random_seed(3)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((6, 6, 1), name="picture"),
            layers.Conv2D(4, 3, activation="relu", name="look"),
            layers.Flatten(name="flat"),
            layers.Dense(5, name="decide"),
        ],
        name="small",
    )


@pytest.fixture(scope="module")
def wide() -> Any:
    """A model with tensors that are large enough for every format to quantise them."""
    import keras

    keras.utils.set_random_seed(4)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((6, 6, 1), name="picture"),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(24, activation="relu"),
            layers.Dense(5),
        ],
        name="wide",
    )


def constant_model() -> Any:
    """A model that answers the same to everything, which proves nothing."""
    import keras

    zeros = keras.layers.Dense(2, kernel_initializer="zeros", name="zeros")
    return keras.Sequential([keras.Input((3,)), zeros], name="constant")


def contents(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def left_in(temporary: Path) -> list[str]:
    """What stays among the temporary files while this process runs, but for what TensorFlow removes at its end."""
    names = [path.name for path in temporary.iterdir()]
    return [name for name in names if not name.startswith("__autograph_generated_file")]


@pytest.mark.parametrize("to", FORMATS)
def test_a_conversion_leaves_the_folder_that_it_describes(
    to: str, model: Any, tmp_path: Path, temporary: Path
) -> None:
    told: list[tuple[str, int, int]] = []
    out = tmp_path / "new" / "result"
    made = convert(model, to, out, tell=lambda *step: told.append(step))
    assert isinstance(made, Conversion)
    assert made.out == out
    on_disk = {file.name: file.stat().st_size for file in out.iterdir()}
    assert dict(made.files) == on_disk
    assert made.files[0][0] == MAIN_FILE[to]
    assert made.size == sum(on_disk.values())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "temporary"]
    assert [path.name for path in out.parent.iterdir()] == ["result"]
    assert left_in(temporary) == []
    assert made.proof is not None
    assert made.proof.passed
    assert made.proof.max_abs < 1e-5
    report = str(made)
    assert report.startswith(f"The model small → {to}, in ")
    assert all(re.search(rf"{re.escape(name)} +[\d.]+ k?M?B", report) for name in on_disk)
    assert report.count("largest difference") == len(made.proof.rows)
    assert f"Written to {out}" in report
    assert ("In the page: " if to.startswith("tfjs") else "In Python: ") in report.splitlines()[-1]
    assert [done for _, done, _ in told] == list(range(len(told)))
    assert {total for _, _, total in told} == {len(told)}


def test_the_last_line_of_the_report_loads_the_result(model: Any, tmp_path: Path) -> None:
    inputs = np.random.default_rng(0).normal(size=(1, 6, 6, 1)).astype("float32")
    for to, answer in {
        "keras": "model(inputs).numpy()",
        "onnx": "model.run(None, {model.get_inputs()[0].name: inputs})[0]",
    }.items():
        report = str(convert(model, to, tmp_path / to, verify=0))
        names: dict[str, Any] = {"inputs": inputs}
        exec(report.splitlines()[-1].removeprefix("In Python: "), names)
        assert np.allclose(eval(answer, names), model(inputs), atol=1e-5), to


@pytest.mark.parametrize(
    "source", ["model.keras", "model.h5", "saved", "web/model.json", "web", "renamed/other.json"]
)
def test_every_kind_of_source_gives_the_same_model(source: str, model: Any, tmp_path: Path) -> None:
    import onnxruntime

    path = tmp_path / source
    if source == "saved":
        model.export(path, verbose=False)
    elif path.suffix in (".keras", ".h5"):
        model.save(path)
    else:
        convert(model, "tfjs-layers", tmp_path / source.split("/")[0], verify=0)
    if source == "renamed/other.json":
        path.with_name("model.json").rename(path)
    made = convert(path, "onnx", tmp_path / "out", verify=2)
    assert str(made).startswith(f"{path} → onnx")
    assert (made.source_proof is not None) == ("json" in source or source == "web")
    session = onnxruntime.InferenceSession(str(tmp_path / "out" / "model.onnx"))
    inputs = np.random.default_rng(1).normal(size=(2, 6, 6, 1)).astype("float32")
    answer = session.run(None, {session.get_inputs()[0].name: inputs})[0]
    assert np.allclose(answer, model(inputs), atol=1e-5)


def test_onnx_runtime_reports_nothing_to_its_makers(tmp_path: Path) -> None:
    program = (
        "import course_utils.conversion, onnxruntime, os; "
        "assert os.environ['ORT_DISABLE_TELEMETRY'] == '1', os.environ"
    )
    # An environment that says nothing of tests or of continuous integration, where it reports nothing anyway.
    folder = tmp_path / "left"
    folder.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(folder)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
    # Where it means to report, it leaves the identifier of the session among the temporary files.
    assert list(folder.iterdir()) == []


def test_nothing_compared_is_said(model: Any, tmp_path: Path) -> None:
    made = convert(model, "keras", tmp_path / "out", verify=0)
    assert made.proof is None
    assert "Nothing was compared (--verify 0)" in str(made)


# Quantising


@pytest.mark.parametrize(("to", "quantize"), [(to, how) for to in FORMATS for how in QUANTIZATIONS[to][1:]])
def test_a_quantised_model_is_proven_before_and_measured_after(
    to: str, quantize: str, wide: Any, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    inputs = random.normal(size=(40, 6, 6, 1)).astype("float32")
    np.savez(tmp_path / "data.npz", x=inputs, y=np.argmax(wide(inputs), axis=1))
    made = convert(wide, to, tmp_path / "out", quantize=quantize, data=tmp_path / "data.npz")
    assert made.float_proof is not None
    assert made.float_proof.max_abs < 1e-5
    assert made.proof is not None
    assert made.proof.accuracies is not None
    assert 1e-5 < made.proof.max_abs < 1
    assert f"quantised as {quantize}" in str(made)
    assert "Before quantising" in str(made)
    assert "After quantising" in str(made)
    assert "accuracy on 40 labelled inputs" in str(made)
    plain = convert(wide, to, tmp_path / "plain", verify=0)
    assert made.size < 0.75 * plain.size
    assert {file.name for file in (tmp_path / "out").iterdir()} == {name for name, _ in made.files}


def test_a_quantised_model_that_loses_accuracy_is_not_written(model: Any, tmp_path: Path) -> None:
    import keras

    # One huge weight leaves no steps for the others.
    broken = keras.models.clone_model(model)
    kernel, bias = model.layers[-1].get_weights()
    kernel = kernel.copy()
    kernel[0, 0] = 1e4
    broken.set_weights([*model.layers[0].get_weights(), kernel, bias])
    inputs = np.random.default_rng(0).normal(size=(60, 6, 6, 1)).astype("float32")
    inputs[:, :3, :3] = 0  # the huge weight meets nothing but zeros
    np.savez(tmp_path / "data.npz", x=inputs, y=np.argmax(broken(inputs), axis=1))
    with pytest.raises(CourseError, match=r"points of accuracy .*take a milder --quantize\."):
        convert(broken, "tfjs-layers", tmp_path / "out", quantize="uint8", data=tmp_path / "data.npz")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("quantize", ["float16", "uint8"])
def test_a_weight_off_by_more_than_rounding_is_found(quantize: str, tmp_path: Path) -> None:
    weights = [("layer/kernel", np.random.default_rng(0).normal(size=(30, 30)).astype("float32"))]
    for name, how in (("plain", "none"), ("quantised", quantize)):
        (tmp_path / name).mkdir()
        manifest = shards.write_weights(weights, tmp_path / name, how)
        (tmp_path / name / "model.json").write_text(json.dumps({"weightsManifest": manifest}))
    checking.check_rounding(tmp_path / "plain", tmp_path / "quantised")
    shard = tmp_path / "quantised" / "group1-shard1of1.bin"
    data = bytearray(shard.read_bytes())
    data[501] ^= 0x02
    shard.write_bytes(data)
    with pytest.raises(CourseError, match="weight layer/kernel by more than half a step"):
        checking.check_rounding(tmp_path / "plain", tmp_path / "quantised")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"to": "tflite"}, "no format 'tflite'.*tfjs-layers"),
        ({"to": "litert", "quantize": "uint8"}, "litert cannot be quantised as 'uint8'.*full-int8"),
        ({"to": "onnx", "quantize": "uint8"}, "none, float16, dynamic"),
        ({"to": "keras", "quantize": "float16"}, "keras cannot be quantised"),
        ({"to": "litert", "quantize": "full-int8"}, "--data FILE.npz"),
        ({"to": "onnx", "data": "gone.npz"}, "no gone.npz"),
        ({"to": "onnx", "verify": -1}, "--verify"),
        ({"to": "onnx", "engine": "theirs"}, "no engine 'theirs'"),
        ({"to": "litert", "engine": "tensorflowjs"}, "tensorflowjs does not write litert"),
    ],
)
def test_a_call_that_cannot_be_right_is_answered_before_anything_is_read(
    options: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=words):
        convert("there/is/no.keras", out=tmp_path / "out", **options)


# The folder


def test_an_existing_folder_is_kept_unless_forced(model: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    convert(model, "onnx", out, verify=0)
    before = contents(tmp_path)
    with pytest.raises(UsageError, match=r"exists and was left as it is.*--force"):
        convert(model, "keras", out)
    assert contents(tmp_path) == before
    convert(model, "keras", out, force=True)
    assert [file.name for file in out.iterdir()] == ["model.keras"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "temporary"]


def test_when_a_forced_conversion_fails_the_old_result_is_whole(model: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    convert(model, "tfjs-layers", out, verify=0)
    before = contents(tmp_path)
    with pytest.raises(CourseError, match="The model constant was not proven to compute the same as onnx"):
        convert(constant_model(), "onnx", out, force=True)
    assert contents(tmp_path) == before


def test_what_was_not_proven_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(
        CourseError, match=r"was not proven to compute the same as onnx, so nothing was written: .*--data"
    ):
        convert(constant_model(), "onnx", tmp_path / "deep" / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["temporary"]
    convert(constant_model(), "onnx", tmp_path / "deep" / "out", verify=0)
    assert (tmp_path / "deep" / "out" / "model.onnx").is_file()


def test_force_replaces_no_folder_with_other_things_in_it(model: Any, tmp_path: Path) -> None:
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "chapter1.tex").write_text("years of work")
    before = contents(tmp_path)
    with pytest.raises(UsageError, match=r"holds chapter1.tex, which no conversion wrote"):
        convert(model, "keras", out, force=True)
    assert contents(tmp_path) == before


def test_force_does_not_replace_the_model_itself(model: Any, tmp_path: Path) -> None:
    convert(model, "tfjs-layers", tmp_path / "web", verify=0)
    before = contents(tmp_path)
    for source in (tmp_path / "web", tmp_path / "web" / "model.json"):
        with pytest.raises(UsageError, match="holds the model itself"):
            convert(source, "keras", tmp_path / "web", force=True)
    assert contents(tmp_path) == before


def test_an_output_that_is_a_file_or_cannot_be_written_is_told(model: Any, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(UsageError, match=f"{file} is a file: name a folder"):
        convert(model, "keras", file, force=True)
    with pytest.raises(CourseError, match=r"file/out cannot be written .*: name another folder"):
        convert(model, "keras", file / "out")
    with pytest.raises(CourseError, match=r"cannot be written .*: name another folder"):
        convert(model, "keras", tmp_path / ("long" * 100))
    with pytest.raises(CourseError, match=r"/sys/out cannot be written .*: name another folder"):
        convert(model, "keras", "/sys/out")
    assert file.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "temporary"]


def test_an_empty_folder_and_a_link_are_filled(model: Any, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    convert(model, "keras", tmp_path / "link", verify=0)
    assert (tmp_path / "link").is_symlink()
    assert [file.name for file in (tmp_path / "real").iterdir()] == ["model.keras"]


def test_of_two_conversions_into_one_folder_the_second_is_told(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def at_once() -> None:
        with staging.staged(out) as second:
            (second / "model.onnx").write_text("second")
            with staging.staged(out) as first:
                (first / "model.onnx").write_text("first")

    with pytest.raises(UsageError, match="exists"):
        at_once()
    assert (out / "model.onnx").read_text() == "first"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "temporary"]


def test_the_folder_has_the_permissions_of_a_new_one(model: Any, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        convert(model, "keras", tmp_path / "out", verify=0)
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o750


# A disk that fills

SMALL_DISK = """
import json, resource, sys, tempfile
from pathlib import Path
import course_utils
import keras
from course_utils.errors import CourseError
disk, formats, largest = Path(sys.argv[1]), sys.argv[2].split(), int(sys.argv[3])
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((300,)), keras.layers.Dense(300), keras.layers.Dense(300)])
old = disk / "out"
old.mkdir()
(old / "model.onnx").write_text("the old one")
before = resource.getrlimit(resource.RLIMIT_FSIZE)
told = {}
for to in formats:
    if largest:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, before[1]))
    try:
        course_utils.convert(model, to, old, force=True, verify=0)
        told[to] = "it was converted"
    except CourseError as error:
        told[to] = f"{error.exit_status} {error}"
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    left = sorted(str(path.relative_to(disk)) for path in disk.rglob("*"))
    assert left == ["out", "out/model.onnx"], (to, left)
    assert (old / "model.onnx").read_text() == "the old one"
    temporary = [path.name for path in Path(tempfile.gettempdir()).iterdir()]
    assert temporary == [], (to, temporary)
print(json.dumps(told))
"""


def run_on_small_disk(
    disk: Path, formats: Sequence[str], largest: int, temporary: Path, before: Sequence[str] = ()
) -> dict[str, str]:
    """What a conversion to each format says where `disk` is small, or no file may be larger than `largest` bytes."""
    said = subprocess.run(
        [*before, sys.executable, "-c", SMALL_DISK, str(disk), " ".join(formats), str(largest)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    assert said.returncode == 0, said.stdout + said.stderr
    return json.loads(said.stdout.splitlines()[-1])


def test_files_that_may_grow_no_further_leave_nothing_behind(tmp_path: Path, temporary: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    told = run_on_small_disk(disk, FORMATS, 300_000, temporary)
    full = (
        f"1 The disk is full, so {disk}/out was not written: free some space there or in {temporary}, or name"
    )
    assert {to: sentence.startswith(full) for to, sentence in told.items()} == dict.fromkeys(FORMATS, True), (
        told
    )


def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path: Path, temporary: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    # A real file system of 400 kB, mounted where an ordinary user may: in a namespace of its own.
    mounted = 'mount -t tmpfs -o size=400k none "$0" && exec "$@"'
    namespace = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mounted, str(disk)]
    may = subprocess.run([*namespace, "true"], check=False, capture_output=True).returncode == 0
    told = run_on_small_disk(
        disk, ["tfjs-layers"], 0 if may else 300_000, temporary, namespace if may else ()
    )
    assert told["tfjs-layers"].startswith(
        f"1 The disk is full, so {disk}/out was not written: free some space"
    )


def test_reading_a_model_leaves_nothing_when_the_temporary_disk_is_full(
    model: Any, tmp_path: Path, temporary: Path
) -> None:
    import resource

    model.save(tmp_path / "model.keras")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    try:
        with pytest.raises(CourseError, match=r"disk is full.*temporary"):
            convert(tmp_path / "model.keras", "keras", tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert left_in(temporary) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.keras", "temporary"]
    assert load_model(tmp_path / "model.keras").name == "small"
