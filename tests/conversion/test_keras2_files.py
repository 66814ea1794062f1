"""Files that genuine old versions of Keras and TensorFlow wrote give the numbers that those versions recorded."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from course_utils.conversion.keras2 import load_h5

FIXTURES = Path(__file__).parent / "fixtures"
ARCHIVES = sorted(path for path in FIXTURES.glob("*.zip") if not path.stem.startswith("tfjs"))
FILES = [
    (archive.stem, Path(name).stem)
    for archive in ARCHIVES
    for name in zipfile.ZipFile(archive).namelist()
    if name.endswith(".h5")
]


def opened(version: str, name: str, folder: Path) -> tuple[Path, list[np.ndarray], list[np.ndarray]]:
    """The .h5 as a file, what the old version was given, and what it answered."""
    with zipfile.ZipFile(FIXTURES / f"{version}.zip") as archive:
        path = Path(archive.extract(f"{name}.h5", folder))
        values = np.load(io.BytesIO(archive.read(f"{name}.npz")))
    by_kind = {kind: [values[key] for key in sorted(values) if key[0] == kind] for kind in "xy"}
    return path, by_kind["x"], by_kind["y"]


def answers(model, inputs):
    import keras

    said = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    return [keras.ops.convert_to_numpy(output) for output in keras.tree.flatten(said)]


def assert_same(got, expected):
    assert [array.shape for array in got] == [array.shape for array in expected]
    for mine, recorded in zip(got, expected, strict=True):
        assert np.abs(mine - recorded).max() <= 1e-5 * max(1.0, np.abs(recorded).max())


def test_the_versions_span_the_keras_2_years():
    assert [archive.stem for archive in ARCHIVES] == [
        "keras-2.1.6",
        "keras-2.3.1",
        "tf-2.0",
        "tf-2.12",
        "tf-2.15",
        "tf-2.2",
        "tf-2.4",
        "tf-2.8",
    ]


@pytest.mark.parametrize(("version", "name"), FILES, ids=["-".join(pair) for pair in FILES])
def test_an_old_file_computes_what_it_did(version, name, tmp_path):
    path, inputs, expected = opened(version, name, tmp_path)
    # Else a loader that confuses weights would pass.
    assert all(output.std(axis=0).max() > 1e-2 * np.abs(output).max() for output in expected)
    assert_same(answers(load_h5(path), inputs), expected)


@pytest.mark.parametrize("name", ["sequences", "operations", "images"])
def test_what_was_read_is_a_plain_keras_3_model(name, tmp_path):
    import keras

    path, inputs, expected = opened("tf-2.8", name, tmp_path)
    load_h5(path).save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")  # in safe mode, without custom objects
    assert_same(answers(again, inputs), expected)
